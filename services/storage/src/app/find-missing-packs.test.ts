import {
  AppError,
  parseDestinationId,
  parsePackName,
  parseTenantId,
  parseVaultId,
  type PackName,
} from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { packObjectName } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import type { ChunkIndex, NeededPacks } from './chunk-index.port.js';
import type { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { FindAwayPacks } from './find-away-packs.js';
import { FindMissingPacks } from './find-missing-packs.js';
import type { ObjectPlaces } from './object-places.port.js';
import type { Snapshots } from './snapshots.port.js';
import type { Vaults } from './vaults.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vault = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const destination = (digit: string) => parseDestinationId(`${digit.repeat(8)}-0000-4000-8000-000000000000`);
const [a, b] = [destination('1'), destination('2')];
const [p, q] = [parsePackName('a'.repeat(64)), parsePackName('b'.repeat(64))];

/** A vault whose packs lie as `at` says; of the destinations, those in `silent` do not answer. */
function scene(at: Partial<Record<PackName, readonly string[]>>, pinned: readonly PackName[] = []) {
  const silent = new Set<string>();
  const away: PackName[] = [];
  const clock = new MovableClock(0);
  const destinations = [a, b];
  const directory = {
    open: async (_tenant: unknown, _vault: unknown, id: string) => ({
      head: async () => {
        if (silent.has(id)) throw new AppError('STORE_UNAVAILABLE', 'It does not answer.');
      },
    }),
  } as unknown as DestinationDirectory;
  const index = {
    missingPacks: async (_t: unknown, _v: unknown, { newPacks }: NeededPacks) =>
      [...newPacks, ...pinned].filter((pack) => !at[pack] || away.includes(pack)),
    neededPacks: async function* (_t: unknown, _v: unknown, { newPacks }: NeededPacks) {
      for (const pack of [...newPacks, ...pinned]) yield [pack];
    },
    setAway: async (_t: unknown, _v: unknown, packs: readonly PackName[]) => void away.push(...packs),
  } as unknown as ChunkIndex;
  const places = {
    holdersOf: async () => new Map(Object.entries(at).map(([pack, ids]) => [packObjectName(pack as PackName), ids])),
  } as unknown as ObjectPlaces;
  const snapshots = {
    holdersOfAll: async (_t: unknown, _v: unknown, { newPacks }: { newPacks: readonly PackName[] }) =>
      destinations.filter((id) => [...newPacks, ...pinned].every((pack) => at[pack]?.includes(id))),
  } as unknown as Snapshots;
  const vaults = { destinationsOf: async () => destinations } as unknown as Vaults;
  const health = new DestinationHealth(clock, { ms: 60_000 });
  const verb = new FindMissingPacks(
    index,
    snapshots,
    new FindAwayPacks(vaults, places, index, directory, health),
    health,
  );
  const ask = (...newPacks: PackName[]) => verb.run(tenant, vault, { epoch: 1, newPacks });
  return { silent, away, clock, destinations, ask };
}

describe('FindMissingPacks', () => {
  it('misses nothing where one destination has all and answers', async () => {
    const { silent, ask } = scene({ [p]: [a, b], [q]: [b] });
    silent.add(a);
    expect(await ask(p, q)).toEqual([]);
    expect(await ask()).toEqual([]);
  });

  it('misses what the vault does not have', async () => {
    const { ask } = scene({ [p]: [a] });
    expect(await ask(p, q)).toEqual([q]);
  });

  it('waits for copies while all destinations answer', async () => {
    const { ask, away } = scene({ [p]: [a], [q]: [b] });
    await expect(ask(p, q)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('copied'),
    });
    expect(away).toEqual([]);
  });

  it('waits a while for a silent destination, then misses what lies nowhere else', async () => {
    const { silent, clock, ask, away } = scene({ [p]: [a], [q]: [a, b] });
    silent.add(a);
    const named = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining(a) };
    await expect(ask(p, q)).rejects.toMatchObject(named);
    await clock.advance(60_000);
    expect(await ask(p, q)).toEqual([p]);
    expect(away).toEqual([p]);
    expect(await ask(p, q)).toEqual([p]);
  });

  it('misses what the task was only told of', async () => {
    const { silent, clock, ask } = scene({ [p]: [a], [q]: [b] }, [p]);
    silent.add(a);
    await expect(ask(q)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await clock.advance(60_000);
    expect(await ask(q)).toEqual([p]);
  });

  it('gives up nothing while no destination answers, and names who is waited for', async () => {
    const { silent, clock, destinations, ask, away } = scene({ [p]: [a] });
    destinations.splice(1);
    silent.add(a);
    for (let hours = 0; hours < 3; hours += 1) {
      await expect(ask(p)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(a) });
      await clock.advance(3_600_000);
    }
    expect(away).toEqual([]);
    silent.clear();
    expect(await ask(p)).toEqual([]);
  });
});
