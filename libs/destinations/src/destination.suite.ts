import { isAppError } from '@holdfast/kernel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type CheckStep } from './check-report.js';
import { type Destination, type PutTerms } from './destination.port.js';

export const termsOf = (bytes: Uint8Array, ifAbsent = true): PutTerms => ({
  bytes: bytes.byteLength,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  ifAbsent,
});

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing thrown',
    (error: unknown) => (isAppError(error) ? error.code : String(error)),
  );

async function namesOf(destination: Destination, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of destination.list(prefix)) names.push(name);
  return names;
}

/**
 * What every {@link Destination} promises. `open` gives one with the vault prefix asked for, all in one place that is
 * claimed; `close` cleans up. `warns` names what its test can only warn of; `listed` objects
 * are more than one page of a listing.
 */
export function describeDestination(
  name: string,
  open: (prefix: string) => Promise<Destination>,
  close: () => Promise<void>,
  { warns = [], listed = 1_100 }: { readonly warns?: readonly CheckStep[]; readonly listed?: number } = {},
): void {
  describe(name, () => {
    const hello = Buffer.from('sealed bytes of one pack');
    afterEach(close);

    it('tells length and hash of what lies there, of any size, for as many as ask at once', async () => {
      const destination = await open('ours');
      const bodies = [Buffer.alloc(0), hello, Buffer.alloc(2 * 1024 * 1024 + 17, 'a body of several pieces ')];
      const names = bodies.map((_, at) => `packs/aa/bb/${at}`);
      for (const [at, body] of bodies.entries()) await destination.put(names[at]!, body, termsOf(body));
      const asked = [...names, ...names, ...names];
      const expected = bodies.map((body) => termsOf(body)).map(({ bytes, sha256 }) => ({ bytes, sha256 }));
      const told = await Promise.all(asked.map((name) => destination.digest(name)));
      expect(told).toEqual([...expected, ...expected, ...expected]);
      expect(await codeOf(destination.digest('packs/aa/bb/none'))).toBe('OBJECT_NOT_FOUND');
    });

    it('gives back what was put, whole and by range', async () => {
      const destination = await open('ours');
      await destination.put('packs/ab/cd/abcd', hello, termsOf(hello));
      expect(await buffer(await destination.get('packs/ab/cd/abcd'))).toEqual(hello);
      expect(await buffer(await destination.get('packs/ab/cd/abcd', { offset: 7, length: 5 }))).toEqual(
        Buffer.from('bytes'),
      );
      expect(await buffer(await destination.get('packs/ab/cd/abcd', { offset: 20, length: 100 }))).toEqual(
        Buffer.from('pack'),
      );
      expect(await destination.read('packs/ab/cd/abcd', { offset: 7, length: 5 })).toEqual(Buffer.from('bytes'));
      expect(await destination.read('packs/ab/cd/abcd', { offset: 20, length: 100 })).toEqual(Buffer.from('pack'));
      expect(await destination.head('packs/ab/cd/abcd')).toMatchObject({
        name: 'packs/ab/cd/abcd',
        bytes: hello.length,
      });
    });

    it('takes a stream of many pieces and an object of no bytes', async () => {
      const destination = await open('ours');
      const large = Buffer.alloc(3_000_000, 'holdfast ');
      await destination.put('large', inPieces(large, 70_001), termsOf(large));
      await destination.put('empty', new Uint8Array(0), termsOf(new Uint8Array(0)));
      expect(
        createHash('sha256')
          .update(await buffer(await destination.get('large')))
          .digest('hex'),
      ).toBe(termsOf(large).sha256);
      expect(await destination.head('empty')).toMatchObject({ bytes: 0 });
    });

    it('never replaces an object that was to be kept, and replaces it whole when asked to', async () => {
      const destination = await open('ours');
      const other = Buffer.from('other');
      await destination.put('head', hello, termsOf(hello));
      expect(await codeOf(destination.put('head', other, termsOf(other)))).toBe('OBJECT_EXISTS');
      expect(await buffer(await destination.get('head'))).toEqual(hello);
      await destination.put('head', other, termsOf(other, false));
      expect(await buffer(await destination.get('head'))).toEqual(other);
    });

    it('lets exactly one of many writers of one name win', async () => {
      const destination = await open('ours');
      const bodies = Array.from({ length: 8 }, (_, index) => Buffer.from(`writer ${index}`));
      const codes = await Promise.all(bodies.map((body) => codeOf(destination.put('race', body, termsOf(body)))));
      const winners = codes.flatMap((code, index) => (code === 'nothing thrown' ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await buffer(await destination.get('race'))).toEqual(bodies[winners[0]!]);
    });

    it.each([
      ['other bytes than announced', Buffer.from('sealed bytes of one pack'.replace('one', 'two'))],
      ['fewer bytes than announced', hello.subarray(1)],
      ['more bytes than announced', Buffer.concat([hello, hello])],
    ])('refuses %s and leaves no half object', async (_what, body) => {
      const destination = await open('ours');
      expect(await codeOf(destination.put('packs/x', inPieces(body, 5), termsOf(hello)))).toBe('STORE_REJECTED');
      expect(await destination.head('packs/x')).toBeUndefined();
      expect(await namesOf(destination, '')).toEqual([]);
    });

    it('passes on the failure of the body and leaves no half object', async () => {
      const destination = await open('ours');
      async function* breaking(): AsyncGenerator<Uint8Array> {
        yield hello.subarray(0, 10);
        throw new RangeError('source broke');
      }
      await expect(destination.put('packs/x', breaking(), termsOf(hello))).rejects.toThrow();
      expect(await destination.head('packs/x')).toBeUndefined();
    });

    it('says that an object is missing', async () => {
      const destination = await open('ours');
      expect(await codeOf(destination.get('packs/none'))).toBe('OBJECT_NOT_FOUND');
      expect(await codeOf(destination.get('packs/none', { offset: 0, length: 1 }))).toBe('OBJECT_NOT_FOUND');
      expect(await codeOf(destination.read('packs/none', { offset: 0, length: 1 }))).toBe('OBJECT_NOT_FOUND');
      expect(await destination.head('packs/none')).toBeUndefined();
      expect(await destination.delete('packs/none')).toEqual({ is: 'absent' });
    });

    it('refuses a range that starts after the end', async () => {
      const destination = await open('ours');
      await destination.put('small', hello, termsOf(hello));
      const behind = { offset: hello.length, length: 1 };
      expect(await codeOf(destination.get('small', behind))).toBe('CHUNK_CORRUPT');
      expect(await codeOf(destination.read('small', behind))).toBe('CHUNK_CORRUPT');
    });

    it('lists by prefix, in the order of the names, across pages', async () => {
      const destination = await open('ours');
      const names = Array.from(
        { length: listed },
        (_, index) => `packs/${(index % 16).toString(16)}/${index.toString(16).padStart(4, '0')}`,
      );
      const others = ['packs-old', 'packs.index', 'snapshots/1'];
      for (let at = 0; at < names.length; at += 100)
        await Promise.all(names.slice(at, at + 100).map((one) => destination.put(one, hello, termsOf(hello))));
      for (const one of others) await destination.put(one, hello, termsOf(hello));
      expect(await namesOf(destination, '')).toEqual([...names, ...others].sort());
      expect(await namesOf(destination, 'packs/3/')).toEqual(names.filter((one) => one.startsWith('packs/3/')).sort());
      expect(await namesOf(destination, 'packs/3/00')).toEqual(
        names.filter((one) => one.startsWith('packs/3/00')).sort(),
      );
    }, 60_000);

    it('forgets what was deleted', async () => {
      const destination = await open('ours');
      await destination.put('packs/x', hello, termsOf(hello));
      expect(await destination.delete('packs/x')).toEqual({ is: 'deleted' });
      expect(await destination.delete('packs/x')).toEqual({ is: 'absent' });
      expect(await destination.head('packs/x')).toBeUndefined();
      expect(await namesOf(destination, '')).toEqual([]);
    });

    it('never shows one vault to another', async () => {
      const ours = await open('ours');
      const theirs = await open('theirs');
      await theirs.put('packs/x', hello, termsOf(hello));
      expect(await ours.head('packs/x')).toBeUndefined();
      expect(await namesOf(ours, '')).toEqual([]);
    });

    it.each(['', '/x', 'x/', '../theirs/x', 'a/../b', 'a//b', '.hidden', 'UPPER', 'a\0b', 'a b', 'x'.repeat(513)])(
      'refuses the name %j',
      async (bad) => {
        const destination = await open('ours');
        expect(await codeOf(destination.put(bad, hello, termsOf(hello)))).toBe('INVALID_ARGUMENT');
        expect(await codeOf(destination.get(bad))).toBe('INVALID_ARGUMENT');
        expect(await codeOf(destination.head(bad))).toBe('INVALID_ARGUMENT');
        expect(await codeOf(destination.delete(bad))).toBe('INVALID_ARGUMENT');
      },
    );

    it('passes its own test and leaves nothing behind', async () => {
      const destination = await open('ours');
      const report = await destination.test();
      const unwell = report.steps.filter(({ outcome }) => outcome !== 'ok');
      expect(unwell).toEqual(warns.map((step) => expect.objectContaining({ step, outcome: 'warning' })));
      expect(report.isUsable).toBe(true);
      expect(await namesOf(destination, '')).toEqual([]);
    });
  });
}

/** `open` gives a destination right at the top of a place, where vaults lie. */
export function itNamesPrefixes(open: (prefix: string) => Promise<Destination>): void {
  it('names the prefixes of the vaults that lie there, and nothing else', async () => {
    const vaults = [randomUUID(), randomUUID()].map((uuid) => uuid.replaceAll('-', ''));
    const object = Buffer.from('sealed header');
    for (const prefix of [...vaults, 'not-a-vault']) await (await open(prefix)).put('header', object, termsOf(object));
    const named = await Array.fromAsync((await open('another')).prefixes());
    expect(named).toEqual(expect.arrayContaining(vaults));
    expect(named.filter((name) => !/^[0-9a-f]{32}$/.test(name))).toEqual([]);
  }, 30_000);
}
