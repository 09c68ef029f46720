import { AppError, parseBackupSetId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import type { BackupSets } from './backup-sets.port.js';
import type { Deletions } from './deletions.port.js';
import type { Directory } from './directory.port.js';
import type { Jobs } from './jobs.port.js';
import { StartBackup } from './start-backup.js';
import type { VaultHealth } from './vault-health.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const backupSetId = parseBackupSetId('bbbbbbbb-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const source = { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false };

/** The warnings of a job that begins while storage says this of the vault. */
async function warningsOf(health: VaultHealth['warnings']): Promise<readonly string[]> {
  let told: readonly string[] = [];
  const sets = { get: async () => ({ backupSetId, vaultId, timeZone: 'UTC', source }) } as unknown as BackupSets;
  const jobs = {
    open: async () => ({ jobId: 'job' }),
    close: async (_tenant: unknown, _job: unknown, warnings: readonly string[]) => (told = warnings),
  } as unknown as Jobs;
  const directory = { async *accounts() {} } as unknown as Directory;
  const deletions = { running: async () => undefined } as unknown as Deletions;
  await new StartBackup(sets, jobs, directory, deletions, { warnings: health }).run(tenant, backupSetId, {
    fullCheck: false,
  });
  return told;
}

describe('StartBackup', () => {
  it('warns of what storage says of the vault, such as locks that cannot be extended', async () => {
    const asked: unknown[] = [];
    const told = await warningsOf(async (...of) => {
      asked.push(of);
      return [{ about: 'locks', text: 'Locks could not be extended.' }];
    });
    expect([told, asked]).toEqual([['Locks could not be extended.'], [[tenant, vaultId]]]);
  });

  it('starts all the same where storage does not answer, and says so', async () => {
    const told = await warningsOf(async () => {
      throw new AppError('STORE_UNAVAILABLE', 'It is down.');
    });
    expect(told).toEqual([expect.stringContaining('Storage did not answer when the job began')]);
  });
});
