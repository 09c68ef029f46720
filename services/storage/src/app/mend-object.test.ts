import { checkedBody, Destination, type Deletion, type ObjectBody, type PutTerms } from '@holdfast/destinations';
import { AppError, parseDestinationId, parseTenantId, parseVaultId, type DestinationId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { DestinationDirectory } from './destination-directory.port.js';
import type { Integrity } from './integrity.port.js';
import { MendObject } from './mend-object.js';
import type { ObjectPlaces } from './object-places.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vault = parseVaultId('bbbbbbbb-0000-4000-8000-000000000000');
const ids = [1, 2, 3].map((digit) => parseDestinationId(`${String(digit).repeat(8)}-0000-4000-8000-000000000000`)) as [
  DestinationId,
  DestinationId,
  DestinationId,
];
const good = Buffer.from('the bytes that were sealed');
const object = { name: 'packs/ab', bytes: good.byteLength, sha256: createHash('sha256').update(good).digest('hex') };

/** Holds one object, and fails, lies and refuses as it is told; only what the port promises holds. */
class OneObject extends Destination {
  /** Operations that fail, by their number. */
  failsAt: ReadonlySet<number> = new Set();
  isWormLike = false;
  isLocked = false;
  deletions = 0;
  /** What lies below, and is locked. */
  keptVersions: readonly Buffer[] = [];
  #operations = 0;

  constructor(public content: Buffer | undefined) {
    super();
  }

  #mayFail(): void {
    if (this.failsAt.has(this.#operations++)) throw new AppError('STORE_UNAVAILABLE', 'It is down.');
  }

  override async put(_name: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    this.#mayFail();
    if (this.content && (terms.ifAbsent || this.isWormLike)) throw new AppError('OBJECT_EXISTS', 'It is there.');
    const pieces = await Array.fromAsync(checkedBody(body, terms));
    this.#mayFail();
    this.content = Buffer.concat(pieces);
  }

  override async get(): Promise<Readable> {
    this.#mayFail();
    if (!this.content) throw new AppError('OBJECT_NOT_FOUND', 'It is not there.');
    return Readable.from([this.content]);
  }

  override async delete(): Promise<Deletion> {
    this.#mayFail();
    if (this.isLocked) return { is: 'locked', until: undefined };
    this.deletions += 1;
    this.content = undefined;
    return { is: 'deleted' };
  }

  override async *earlierVersions(): AsyncGenerator<() => Promise<Readable>> {
    for (const version of this.keptVersions) yield async () => Readable.from([version]);
  }

  override async head(): Promise<undefined> {
    return undefined;
  }
  override async *list(): AsyncGenerator<never> {}
  override async *prefixes(): AsyncGenerator<never> {}
  override async claim(): Promise<void> {}
  override async test(): Promise<never> {
    throw new Error('nobody tests it');
  }
  override async place(): Promise<undefined> {}
  override async readPlace(): Promise<undefined> {}
}

/** Mends the first of these from the others; `known` is what the index answers when it is told of the new copy. */
function mendFirst(of: readonly OneObject[], { kept, known = true }: { kept?: Buffer; known?: boolean } = {}) {
  const directory = { open: async (_t: unknown, _v: unknown, id: DestinationId) => of[ids.indexOf(id)] };
  const told: DestinationId[] = [];
  const mend = new MendObject(
    { keptBytes: async () => kept } as unknown as Integrity,
    {
      addCopy: async (_t: unknown, _v: unknown, _o: unknown, at: DestinationId) => {
        told.push(at);
        return known;
      },
    } as unknown as ObjectPlaces,
    directory as unknown as DestinationDirectory,
  );
  const holders = ids.slice(1, of.length);
  return { told, run: () => mend.run({ tenant, vault, object, at: ids[0], holders }) };
}

const isGood = ({ content }: OneObject) => content?.equals(good) === true;
const damaged = Buffer.from('other bytes');

describe('MendObject', () => {
  it.each([false, true])('replaces damaged bytes, where objects are never overwritten: %s', async (isWormLike) => {
    const [target, source] = [new OneObject(damaged), new OneObject(good)];
    target.isWormLike = isWormLike;
    const { run, told } = mendFirst([target, source]);
    expect(await run()).toBe(true);
    expect([isGood(target), told, target.deletions]).toEqual([true, [ids[0]], isWormLike ? 1 : 0]);
  });

  it('takes the next source where one is damaged itself, and what the database keeps where all are', async () => {
    const target = new OneObject(undefined);
    expect(await mendFirst([target, new OneObject(damaged), new OneObject(good)]).run()).toBe(true);
    const second = new OneObject(damaged);
    expect(await mendFirst([second, new OneObject(damaged)], { kept: good }).run()).toBe(true);
    expect([isGood(target), isGood(second)]).toEqual([true, true]);
  });

  it('brings back a version that a lock has kept, before it reads elsewhere', async () => {
    const target = new OneObject(damaged);
    target.keptVersions = [damaged, good];
    const source = new OneObject(good);
    source.failsAt = new Set([0]);
    const { run, told } = mendFirst([target, source]);
    expect(await run()).toBe(true);
    expect([isGood(target), told]).toEqual([true, [ids[0]]]);
  });

  it('leaves what is locked, and what space freeing has let go', async () => {
    const locked = new OneObject(damaged);
    locked.isWormLike = locked.isLocked = true;
    expect(await mendFirst([locked, new OneObject(good)]).run()).toBe(false);
    expect(locked.content).toEqual(damaged);
    const freed = new OneObject(undefined);
    await mendFirst([freed, new OneObject(good)], { known: false }).run();
    expect(freed.content).toBeUndefined();
  });

  it('never takes away the last good copy, nor the last bytes, whatever fails', async () => {
    const contents = fc.constantFrom(good, damaged, undefined);
    const failures = fc.uniqueArray(fc.integer({ min: 0, max: 8 }), { maxLength: 4 });
    const one = fc.record({ content: contents, failsAt: failures, isWormLike: fc.boolean(), isLocked: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 3 }), async (given) => {
        const destinations = given.map(({ content, failsAt, ...switches }) =>
          Object.assign(new OneObject(content), { failsAt: new Set(failsAt), ...switches }),
        );
        const hadGood = destinations.some(isGood);
        const hadBytes = destinations.some(({ content }) => content !== undefined);
        const sources = destinations.slice(1).map(({ content }) => content);
        const isMended = await mendFirst(destinations)
          .run()
          .catch((error: unknown) => {
            expect(error).toBeInstanceOf(AppError);
            return false;
          });
        expect(destinations.some(isGood)).toBe(hadGood);
        expect(destinations.some(({ content }) => content !== undefined)).toBe(hadBytes);
        expect(destinations.slice(1).map(({ content }) => content)).toEqual(sources);
        if (isMended) expect(isGood(destinations[0]!)).toBe(true);
        if (!hadGood) expect(destinations[0]!.content).toEqual(given[0]!.content);
      }),
      { numRuns: 2_000 },
    );
  });
});
