import { digestOf } from '@holdfast/destinations';
import {
  AppError,
  parseDestinationId,
  parseTenantId,
  parseVaultId,
  type DestinationId,
  type VaultId,
} from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CopyDueObjects } from './copy-due-objects.js';
import type { DestinationDirectory } from './destination-directory.port.js';
import type { MendObject } from './mend-object.js';
import type { CopyPauses, DueCopy, ObjectPlaces, Resting } from './object-places.port.js';
import type { Vaults } from './vaults.port.js';

const tenantId = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const otherVault = parseVaultId('dddddddd-0000-4000-8000-000000000000');
const place = (digit: string) => parseDestinationId(`${digit.repeat(8)}-0000-4000-8000-000000000000`);
const [source, slow, quick] = [place('1'), place('2'), place('3')];
/** As long as a pack: objects of any length are held against what lies at their names. */
const content = Buffer.alloc(2 * 1024 * 1024, 'sealed');
const sha256 = createHash('sha256').update(content).digest('hex');
const INTERVAL_MS = 30_000;
const PAUSES: CopyPauses = { firstMs: 15_000, longestMs: 600_000 };

type Put = (name: string, body: AsyncIterable<Uint8Array>) => Promise<void>;
/** What a place has under every name. */
type Found = Readonly<{ bytes?: number; sha256?: string; read?: Buffer; isAway?: boolean }>;

/** Objects that are owed to destinations, oldest first, and how each takes what it is given. */
function scene(
  owed: readonly (readonly [DestinationId, number, VaultId?])[],
  puts: Partial<Record<DestinationId, Put>>,
  found: Found = {},
  read: () => Promise<Readable> = async () => Readable.from([content]),
  mend?: MendObject,
) {
  const due = owed.flatMap(([to, count, vault = vaultId]) =>
    Array.from({ length: count }, (_, index) => ({ to, vault, name: `packs/${index}` })),
  );
  const copied: DestinationId[] = [];
  const failed: [DueCopy, CopyPauses, boolean][] = [];
  const places = {
    takeDue: async (limit: number, _leaseMs: number, { destinations, vaults }: Resting) => {
      const rests = (of: VaultId, at: DestinationId) =>
        destinations.includes(at) || vaults.some(({ vaultId: vault, to }) => vault === of && to === at);
      const taken = due.filter(({ vault, to }) => !rests(vault, to)).slice(0, limit);
      for (const one of taken) due.splice(due.indexOf(one), 1);
      return taken.map(({ vault, to, name }): DueCopy => ({
        tenantId,
        vaultId: vault,
        object: { name, bytes: content.byteLength, sha256 },
        to,
        isClaimed: true,
        replaces: mend !== undefined,
        from: [source],
      }));
    },
    noteFailure: async (copy: DueCopy, pauses: CopyPauses, awaitsReturn: boolean) => {
      failed.push([copy, pauses, awaitsReturn]);
    },
    addCopy: async (_tenant: unknown, _vault: unknown, _object: unknown, to: DestinationId) => copied.push(to) > 0,
  } as unknown as ObjectPlaces;
  const directory = {
    open: async (_tenant: unknown, _vault: unknown, id: DestinationId) => ({
      get: async () => read(),
      digest: () => digestOf(found.read ?? content),
      put: puts[id] ?? (async () => undefined),
      head: async (name: string) => {
        if (found.isAway) throw new AppError('STORE_UNAVAILABLE', 'It does not answer.');
        return { name, bytes: content.byteLength, ...found };
      },
    }),
  } as unknown as DestinationDirectory;
  const clock = new MovableClock(0);
  const verb = new CopyDueObjects(
    {} as Vaults,
    places,
    directory,
    { ms: INTERVAL_MS },
    PAUSES,
    clock,
    mend ?? ({} as MendObject),
  );
  return { verb, copied, failed, clock, due };
}

/** Takes in everything, or fails with the first piece. */
const sink = (error?: Error) => new Writable({ write: (_piece, _encoding, done) => done(error) });

describe('CopyDueObjects', () => {
  it('catches the others up while one destination hangs', async () => {
    const never: Put = () => new Promise(() => undefined);
    const { verb, copied } = scene(
      [
        [slow, 100],
        [quick, 20],
      ],
      { [slow]: never },
    );
    for (let copies = 0; copies < 20; copies++) expect((await verb.run()).ended).toBeDefined();
    expect(copied).toEqual(Array.from({ length: 20 }, () => quick));
  });

  it('lets a destination rest to which a copy failed, and tries it again', async () => {
    let isDown = true;
    const put: Put = async () => {
      if (isDown) throw new AppError('STORE_UNAVAILABLE', 'It does not answer.');
    };
    const { verb, copied, failed, clock, due } = scene([[slow, 10]], { [slow]: put });
    while ((await verb.run()).isUnderWay);
    expect([copied, due.length]).toEqual([[], 6]);
    expect(failed.map(([{ to }, ...how]) => [to, ...how])).toEqual(
      Array.from({ length: 4 }, () => [slow, PAUSES, true]),
    );
    isDown = false;
    expect(await verb.run()).toEqual({ isUnderWay: false });
    await clock.advance(INTERVAL_MS);
    while ((await verb.run()).isUnderWay);
    expect([copied.length, due.length]).toEqual([6, 0]);
  });

  it('lets a destination rest no longer for a clock that was set back', async () => {
    let isDown = true;
    const put: Put = async () => {
      if (isDown) throw new AppError('STORE_UNAVAILABLE', 'It does not answer.');
    };
    const { verb, copied, clock } = scene([[slow, 10]], { [slow]: put });
    while ((await verb.run()).isUnderWay);
    isDown = false;
    clock.setBack(60 * 60_000);
    await clock.advance(INTERVAL_MS);
    while ((await verb.run()).isUnderWay);
    expect(copied.length).toBe(6);
  });

  it('awaits nothing of a destination whose copy could not be read elsewhere, and lets other vaults’ copies go there', async () => {
    let isAway = true;
    const read = async () => {
      if (isAway) throw new AppError('STORE_UNAVAILABLE', 'The holder does not answer.');
      return Readable.from([content]);
    };
    const owed = [
      [slow, 4],
      [slow, 1, otherVault],
    ] as const;
    const { verb, copied, failed } = scene(owed, {}, {}, read);
    expect((await verb.run()).ended).toMatchObject({ isUnread: true });
    isAway = false;
    while ((await verb.run()).isUnderWay);
    expect(failed.map(([{ to }, , awaitsReturn]) => [to, awaitsReturn])).toEqual(Array(4).fill([slow, false]));
    expect(copied).toEqual([slow]);
  });

  it('does not blame a destination for a holder that breaks off while it is read', async () => {
    let isBroken = true;
    async function* pieces() {
      yield content.subarray(0, 2);
      if (isBroken) throw new AppError('STORE_UNAVAILABLE', 'The holder broke off.');
      yield content.subarray(2);
    }
    // As a driver tells of whatever fails under its hands.
    const put: Put = async (_name, body) => {
      const end = pipeline(body, sink());
      await end.catch(() => Promise.reject(new AppError('STORE_UNAVAILABLE', 'It could not be written.')));
    };
    const owed = [
      [slow, 4],
      [slow, 1, otherVault],
    ] as const;
    const { verb, copied, failed } = scene(owed, { [slow]: put }, {}, async () => Readable.from(pieces()));
    expect((await verb.run()).ended).toMatchObject({ isUnread: true, error: { message: 'The holder broke off.' } });
    isBroken = false;
    while ((await verb.run()).isUnderWay);
    expect(failed.map(([{ to }, , awaitsReturn]) => [to, awaitsReturn])).toEqual(Array(4).fill([slow, false]));
    expect(copied).toEqual([slow]);
  });

  it.each([
    ['awaits nothing of a destination that answers', false],
    ['awaits a destination that does not answer', true],
  ])('where damage could not be mended %s', async (_, isAway) => {
    const mend = { run: async () => false } as unknown as MendObject;
    const { verb, failed } = scene([[slow, 1]], {}, { isAway }, undefined, mend);
    expect((await verb.run()).ended).toMatchObject({ isUnread: !isAway, error: { code: 'STORE_UNAVAILABLE' } });
    expect(failed.map(([{ to }, , awaitsReturn]) => [to, awaitsReturn])).toEqual([[slow, isAway]]);
  });

  it('blames a destination that breaks off while it is written to, whatever it does to what it was given', async () => {
    const failing = () => sink(new AppError('STORE_UNAVAILABLE', 'It broke off.'));
    const put: Put = (_name, body) => pipeline(body, failing());
    const { verb, copied, failed, due } = scene([[slow, 10]], { [slow]: put });
    expect((await verb.run()).ended).toMatchObject({ isUnread: false, error: { message: 'It broke off.' } });
    while ((await verb.run()).isUnderWay);
    expect([copied, due.length]).toEqual([[], 6]);
    expect(failed.map(([{ to }, , awaitsReturn]) => [to, awaitsReturn])).toEqual(Array(4).fill([slow, true]));
  });

  it('goes on with a destination that rests as soon as it is told that it answers', async () => {
    let isDown = true;
    const put: Put = async () => {
      if (isDown) throw new AppError('STORE_UNAVAILABLE', 'It does not answer.');
    };
    const { verb, copied } = scene([[slow, 10]], { [slow]: put });
    while ((await verb.run()).isUnderWay);
    isDown = false;
    verb.goOn(quick);
    expect(await verb.run()).toEqual({ isUnderWay: false });
    verb.goOn(slow);
    while ((await verb.run()).isUnderWay);
    expect(copied).toHaveLength(6);
  });

  it('lets other vaults go on to a destination that refuses what one of them has', async () => {
    // The first that are tried are those of the first vault.
    let refusals = 4;
    const put: Put = async () => {
      if (refusals-- > 0) throw new AppError('STORE_REJECTED', 'Something else lies there.');
    };
    const { verb, copied, due, failed } = scene(
      [
        [quick, 10],
        [quick, 10, otherVault],
      ],
      { [quick]: put },
    );
    while ((await verb.run()).isUnderWay);
    expect(new Set(failed.map(([{ vaultId: of }]) => of))).toEqual(new Set([vaultId]));
    expect([copied.length, due.length]).toEqual([10, 6]);
  });

  it('takes what a place was filled with elsewhere', async () => {
    const exists: Put = async () => {
      throw new AppError('OBJECT_EXISTS', 'It is there.');
    };
    const { verb, copied } = scene([[quick, 1]], { [quick]: exists });
    const { ended } = await verb.run();
    expect([ended?.error, copied]).toEqual([undefined, [quick]]);
  });

  it.each([
    ['another length', { bytes: 1 }],
    ['another hash', { bytes: content.byteLength, sha256: '0'.repeat(64) }],
    ['other bytes, where the place keeps no hash', { bytes: content.byteLength, read: Buffer.from('Sealed') }],
  ])('does not take %s for a copy', async (_what, other) => {
    const exists: Put = async () => {
      throw new AppError('OBJECT_EXISTS', 'It is there.');
    };
    const { verb, copied } = scene([[quick, 1]], { [quick]: exists }, other);
    const { ended } = await verb.run();
    expect([ended?.error, copied]).toEqual([expect.objectContaining({ code: 'STORE_REJECTED' }), []]);
  });
});
