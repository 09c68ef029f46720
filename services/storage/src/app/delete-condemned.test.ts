import { AppError, parseDestinationId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { DeleteCondemned } from './delete-condemned.js';
import { DemandGeneration } from './demand-generation.js';
import type { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth, type DestinationPatience } from './destination-health.js';
import type { DueDeletion, DueDeletions } from './due-deletions.port.js';
import type { Vaults } from './vaults.port.js';

const tenantId = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const destinationId = parseDestinationId('11111111-0000-4000-8000-000000000000');
const deletion: DueDeletion = {
  tenantId,
  vaultId: parseVaultId('cccccccc-0000-4000-8000-000000000000'),
  objectNo: 7,
  name: 'packs/ab',
  destinationId,
};

async function* none(): AsyncGenerator<{ readonly name: string }> {}

/** A destination that answers each deletion as done, and the first so many for nothing. */
function scene(lies: number, generations: () => AsyncIterable<{ readonly name: string }> = none) {
  let isThere = true;
  let asked = 0;
  const noted: DueDeletion[] = [];
  const destination = {
    delete: async () => {
      asked += 1;
      if (asked > lies) isThere = false;
      return { is: 'deleted' };
    },
    list: generations,
    head: async (name: string) => (isThere ? { name, bytes: 1 } : undefined),
  };
  const deletions = {
    take: async () => (noted.length === 0 ? [deletion] : []),
    noteDeleted: async (one: DueDeletion) => void noted.push(one),
  } as unknown as DueDeletions;
  const directory = { open: async () => destination } as unknown as DestinationDirectory;
  const clock = new MovableClock(0);
  const health = new DestinationHealth(clock, { ms: 1_000 } satisfies DestinationPatience);
  const vaults = { generationOf: async () => 1 } as unknown as Vaults;
  const demand = new DemandGeneration(vaults, directory, health);
  const verb = new DeleteCondemned(deletions, demand, directory, health, clock, new SilentLogger());
  return { verb, noted, health };
}

describe('DeleteCondemned', () => {
  it('notes what it saw gone', async () => {
    const { verb, noted } = scene(0);
    expect([await verb.run(), noted]).toEqual([1, [deletion]]);
  });

  it('does not believe a destination that holds still what it said it has deleted', async () => {
    const { verb, noted, health } = scene(1);
    expect([await verb.run(), noted]).toEqual([0, []]);
    expect(health.failsLately(tenantId, destinationId)).toBe(true);
    expect([await verb.run(), noted]).toEqual([1, [deletion]]);
  });

  it('leaves all where another installation has rebuilt the vault', async () => {
    const { verb, noted } = scene(0, async function* () {
      yield { name: 'generations/00000002' };
    });
    expect([await verb.run(), noted]).toEqual([0, []]);
  });

  it('leaves all where the destination does not tell whether it was rebuilt', async () => {
    const { verb, noted, health } = scene(0, async function* () {
      yield* [];
      throw new AppError('STORE_UNAVAILABLE', 'It lists nothing.');
    });
    expect([await verb.run(), noted]).toEqual([0, []]);
    expect(health.failsLately(tenantId, destinationId)).toBe(true);
  });
});
