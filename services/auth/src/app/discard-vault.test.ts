import { AppError, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { describe, expect, it } from '@jest/globals';
import { DiscardVault } from './discard-vault.js';
import type { VaultWriter } from './vault-writer.port.js';
import type { Vaults } from './vaults.port.js';

const tenantId = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');

/** A vault that storage answers for with `failures`, one after the other, and then takes back. */
function scene(...failures: AppError[]) {
  const noted = new Set<string>();
  const kept = new Set<string>([vaultId]);
  const vaults = {
    noteToDiscard: async () => void noted.add(vaultId),
    noteKept: async () => void noted.delete(vaultId),
    toDiscard: async () => [...noted].map(() => ({ tenantId, vaultId })),
    forget: async () => {
      noted.delete(vaultId);
      kept.delete(vaultId);
    },
  } as unknown as Vaults;
  const writer = {
    discard: async () => {
      const failure = failures.shift();
      if (failure) throw failure;
    },
  } as unknown as VaultWriter;
  return { noted, kept, discard: new DiscardVault(vaults, writer, new SilentLogger()) };
}

describe('DiscardVault', () => {
  it('forgets the keys when storage has let go of the vault', async () => {
    const { noted, kept, discard } = scene();
    await discard.run(tenantId, vaultId);
    expect([...noted, ...kept]).toEqual([]);
  });

  it('tries again what failed, and keeps the keys until then', async () => {
    const away = () => new AppError('DEPENDENCY_UNAVAILABLE', 'Storage is away.');
    const { noted, kept, discard } = scene(away(), away());
    await discard.run(tenantId, vaultId);
    await discard.sweep();
    expect([...noted, ...kept]).toEqual([vaultId, vaultId]);
    await discard.sweep();
    expect([...noted, ...kept]).toEqual([]);
  });

  it('leaves a vault that is in use alone, for good', async () => {
    const { noted, kept, discard } = scene(new AppError('FAILED_PRECONDITION', 'It holds backup data.'));
    await expect(discard.run(tenantId, vaultId)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    expect([noted.size, kept.size]).toEqual([0, 1]);
  });
});
