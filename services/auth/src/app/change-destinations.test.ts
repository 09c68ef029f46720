import { AppError, parseDestinationId, parseTenantId, parseVaultId, type DestinationId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { ChangeDestinations } from './change-destinations.js';
import type { VaultWriter } from './vault-writer.port.js';
import type { VaultRow, Vaults } from './vaults.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vault = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const place = (digit: string) => parseDestinationId(`${digit.repeat(8)}-0000-4000-8000-000000000000`);
const [old, kept, added] = [place('1'), place('2'), place('3')];

/** A vault at two destinations, and what becomes of its row; storage answers with `failure`, if there is one. */
function scene(failure?: AppError) {
  let row = { destinationIds: [old, kept] } as unknown as VaultRow;
  const during: (readonly DestinationId[])[] = [];
  const vaults = {
    get: async () => row,
    setDestinations: async (_tenant: unknown, _vault: unknown, destinationIds: readonly DestinationId[]) => {
      row = { ...row, destinationIds };
      return row;
    },
  } as unknown as Vaults;
  const writer = {
    changeDestinations: async () => {
      during.push(row.destinationIds);
      if (failure) throw failure;
    },
  } as unknown as VaultWriter;
  return { verb: new ChangeDestinations(vaults, writer), during, row: () => row.destinationIds };
}

describe('ChangeDestinations', () => {
  it('lets none of the old and new destinations go before storage has answered', async () => {
    const { verb, during, row } = scene();
    await verb.run(tenant, vault, [added, kept]);
    expect(during).toEqual([[old, kept, added]]);
    expect(row()).toEqual([added, kept]);
  });

  it('leaves all as it was where storage refuses', async () => {
    const { verb, row } = scene(new AppError('FAILED_PRECONDITION', 'It alone holds something.'));
    await expect(verb.run(tenant, vault, [added])).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    expect(row()).toEqual([old, kept]);
  });

  it('keeps both where nobody knows what storage did', async () => {
    const { verb, row } = scene(new AppError('DEPENDENCY_UNAVAILABLE', 'No answer.'));
    await expect(verb.run(tenant, vault, [added])).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect(row()).toEqual([old, kept, added]);
  });

  it.each([[[]], [[kept, kept]]])('refuses %j', async (wanted) => {
    await expect(scene().verb.run(tenant, vault, wanted)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
