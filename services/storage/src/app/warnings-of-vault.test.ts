import { AppError, parseDestinationId, parseTenantId, parseVaultId, type DestinationId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { FindAwayPacks } from './find-away-packs.js';
import type { ObjectLocks } from './object-locks.port.js';
import type { ObjectPlaces } from './object-places.port.js';
import type { Vaults } from './vaults.port.js';
import { WarningsOfVault } from './warnings-of-vault.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vault = parseVaultId('bbbbbbbb-0000-4000-8000-000000000000');
const near = parseDestinationId('11111111-0000-4000-8000-000000000000');
const far = parseDestinationId('22222222-0000-4000-8000-000000000000');
const silentOf = (destination: DestinationId) => expect.stringContaining(`Destination ${destination} did not answer`);

let clock: MovableClock;
let health: DestinationHealth;
/** What a destination does when it is asked. */
let answers: Map<DestinationId, () => Promise<unknown>>;
let awaited: DestinationId[];
let asked: DestinationId[];

beforeEach(() => {
  clock = new MovableClock(1_000_000);
  health = new DestinationHealth(clock, { ms: 60_000 });
  answers = new Map();
  awaited = [];
  asked = [];
});

const down = () => Promise.reject(new AppError('STORE_UNAVAILABLE', 'It is down.'));

function warnings() {
  const open = async (_tenant: unknown, _vault: unknown, destination: DestinationId) => {
    asked.push(destination);
    return { head: answers.get(destination) ?? (async () => undefined) };
  };
  const directory = { open } as unknown as DestinationDirectory;
  const vaults = { destinationsOf: async () => [near, far] } as unknown as Vaults;
  const places = { awaitedOf: async () => awaited } as unknown as ObjectPlaces;
  const locks = { failures: async () => [] } as unknown as ObjectLocks;
  const away = new FindAwayPacks(vaults, places, undefined as never, directory, health);
  return new WarningsOfVault(locks, places, vaults, health, away, clock).run(tenant, vault);
}

describe('WarningsOfVault', () => {
  it('says nothing, and asks nobody, while all is well', async () => {
    expect([await warnings(), asked]).toEqual([{ locks: [], destinations: [] }, []]);
  });

  it('tells of a destination that a copy awaits, without asking it', async () => {
    awaited = [far];
    expect([await warnings(), asked]).toEqual([{ locks: [], destinations: [silentOf(far)] }, []]);
  });

  it('tells of one that failed a reader and does not answer, once where a copy awaits it too', async () => {
    answers.set(near, down);
    health.noteFailure(tenant, near);
    expect((await warnings()).destinations).toEqual([silentOf(near)]);
    awaited = [near];
    expect((await warnings()).destinations).toEqual([silentOf(near)]);
    expect(asked).toEqual([near]);
  });

  it('says nothing of one that failed once and answers', async () => {
    health.noteFailure(tenant, near);
    expect([(await warnings()).destinations, asked]).toEqual([[], [near]]);
  });

  it('waits for no answer longer than two seconds', async () => {
    answers.set(near, () => new Promise(() => undefined));
    health.noteFailure(tenant, near);
    const told = warnings();
    for (let tries = 0; asked.length === 0 && tries < 100; tries += 1) await new Promise(setImmediate);
    await clock.advance(2_000);
    expect((await told).destinations).toEqual([silentOf(near)]);
  });
});
