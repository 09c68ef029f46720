import { AppError, parseDestinationId, parseTenantId, parseVaultId, type DestinationId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { CopyDueObjects } from './copy-due-objects.js';
import type { DestinationDirectory } from './destination-directory.port.js';
import type { MendObject } from './mend-object.js';
import type { DueCopy, ObjectPlaces } from './object-places.port.js';
import type { Vaults } from './vaults.port.js';

const tenantId = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const place = (digit: string) => parseDestinationId(`${digit.repeat(8)}-0000-4000-8000-000000000000`);
const [source, slow, quick] = [place('1'), place('2'), place('3')];
const content = Buffer.from('sealed');
const sha256 = createHash('sha256').update(content).digest('hex');
const INTERVAL_MS = 30_000;

type Put = (name: string) => Promise<void>;
/** What a place has under every name. */
type Found = Readonly<{ bytes?: number; sha256?: string; read?: Buffer }>;

/** Objects that are owed to destinations, oldest first, and how each takes what it is given. */
function scene(
  owed: readonly (readonly [DestinationId, number])[],
  puts: Partial<Record<DestinationId, Put>>,
  found: Found = {},
) {
  const due = owed.flatMap(([to, count]) =>
    Array.from({ length: count }, (_, index) => ({ to, name: `packs/${index}` })),
  );
  const copied: DestinationId[] = [];
  const places = {
    takeDue: async (limit: number, _leaseMs: number, except: readonly DestinationId[]) => {
      const taken = due.filter(({ to }) => !except.includes(to)).slice(0, limit);
      for (const one of taken) due.splice(due.indexOf(one), 1);
      return taken.map(({ to, name }): DueCopy => ({
        tenantId,
        vaultId,
        object: { name, bytes: content.byteLength, sha256 },
        to,
        isClaimed: true,
        replaces: false,
        from: [source],
      }));
    },
    addCopy: async (_tenant: unknown, _vault: unknown, _object: unknown, to: DestinationId) => copied.push(to) > 0,
  } as unknown as ObjectPlaces;
  const directory = {
    open: async (_tenant: unknown, _vault: unknown, id: DestinationId) => ({
      get: async () => Readable.from([id === source ? content : (found.read ?? content)]),
      put: puts[id] ?? (async () => undefined),
      head: async (name: string) => ({ name, bytes: content.byteLength, ...found }),
    }),
  } as unknown as DestinationDirectory;
  const clock = new MovableClock(0);
  const verb = new CopyDueObjects({} as Vaults, places, directory, { ms: INTERVAL_MS }, clock, {} as MendObject);
  return { verb, copied, clock, due };
}

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
    const { verb, copied, clock, due } = scene([[slow, 10]], { [slow]: put });
    while ((await verb.run()).isUnderWay);
    expect([copied, due.length]).toEqual([[], 6]);
    isDown = false;
    expect(await verb.run()).toEqual({ isUnderWay: false });
    await clock.advance(INTERVAL_MS);
    while ((await verb.run()).isUnderWay);
    expect([copied.length, due.length]).toEqual([6, 0]);
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
