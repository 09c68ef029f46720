import { AppError, parseBackupSetId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import type { BackupSets } from './backup-sets.port.js';
import type { Deletions } from './deletions.port.js';
import type { Directory } from './directory.port.js';
import type { Jobs } from './jobs.port.js';
import type { RetentionPast } from './retention-terms.port.js';
import { StartBackup } from './start-backup.js';
import type { VaultHealth } from './vault-health.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const backupSetId = parseBackupSetId('bbbbbbbb-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const source = { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false };

const past = { noteUnlicensed: async () => undefined } as unknown as RetentionPast;

/** The warnings of a job that begins while storage says this of the vault. */
async function warningsOf(health: VaultHealth['warnings']): Promise<readonly string[]> {
  let told: readonly string[] = [];
  const sets = { get: async () => ({ backupSetId, vaultId, timeZone: 'UTC', source }) } as unknown as BackupSets;
  const jobs = {
    open: async () => ({ jobId: 'job' }),
    addTasks: async () => undefined,
    close: async (_tenant: unknown, _job: unknown, warnings: readonly string[]) => (told = warnings),
  } as unknown as Jobs;
  const directory = {
    async *accounts() {
      yield [{ accountId: 'ann', isLicensed: true }];
    },
  } as unknown as Directory;
  const deletions = { running: async () => undefined, excludedAmong: async () => new Set() } as unknown as Deletions;
  await new StartBackup(sets, jobs, directory, deletions, { warnings: health }, past).run(tenant, backupSetId, {
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

describe('accounts without a licence, where the set leaves them out', () => {
  it.each([
    ['a chosen one', { allAccounts: false, accountIds: new Set(['ann']) }, /ann/],
    ['that the job protects nobody', { allAccounts: true }, /Nothing is backed up/],
  ])('are told of in the job (%s), and do not leave the set by that', async (_, choice, words) => {
    const noted: unknown[] = [];
    let told: readonly string[] = [];
    const tasks: string[] = [];
    const chosen = { ...source, ...choice, skipUnlicensed: true };
    const sets = {
      get: async () => ({ backupSetId, vaultId, timeZone: 'UTC', source: chosen }),
    } as unknown as BackupSets;
    const jobs = {
      open: async () => ({ jobId: 'job' }),
      addTasks: async (_tenant: unknown, _job: unknown, resources: string[]) => void tasks.push(...resources),
      close: async (_tenant: unknown, _job: unknown, warnings: readonly string[]) => (told = warnings),
    } as unknown as Jobs;
    const directory = {
      async *accounts() {
        yield [{ accountId: 'ann', isLicensed: false }];
      },
    } as unknown as Directory;
    const deletions = {
      running: async () => undefined,
      excludedAmong: async () => new Set(),
    } as unknown as Deletions;
    const health = { warnings: async () => [] } as unknown as VaultHealth;
    const past = { noteUnlicensed: async (...of: unknown[]) => void noted.push(of) } as unknown as RetentionPast;
    await new StartBackup(sets, jobs, directory, deletions, health, past).run(tenant, backupSetId, {
      fullCheck: false,
    });
    expect([tasks, told]).toEqual([[], [expect.stringMatching(words)]]);
    expect(noted).toEqual([[tenant, backupSetId, 'job', ['mail.ann']]]);
  });
});
