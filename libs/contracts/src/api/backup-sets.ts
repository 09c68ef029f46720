import { z } from 'zod';
import { atMs, bindingLimit, count, displayName, microsoftId, uuid } from './parts.js';
import { retentionPolicy, retentionRuns } from '../retention.js';
import { jobState } from './jobs.js';

const timeZone = z
  .string()
  .refine(isTimeZone, 'has to be an IANA name such as Europe/Vienna')
  .describe('IANA name; a snapshot belongs to the day in it on which its job started');

/** Which accounts and workloads a set protects. */
const source = z
  .strictObject({
    allAccounts: z
      .boolean()
      .default(false)
      .describe('All accounts, newcomers included; accountIds are then exceptions'),
    accountIds: z.array(microsoftId).max(20_000, 'has to name at most 20000 accounts').default([]),
    workloads: z
      .array(z.enum(['mail', 'drive'], { error: 'has to be mail or drive' }))
      .min(1, 'has to name at least one of mail, drive')
      .max(2, 'has to name each workload once'),
    skipUnlicensed: z.boolean().default(false).describe('Leaves out accounts that no licence is assigned to'),
  })
  .refine((chosen) => chosen.allAccounts || chosen.accountIds.length > 0, {
    path: ['accountIds'],
    error: 'has to name at least one account, unless allAccounts is true',
  });

export const newPassphrase = z
  .string()
  .min(8, 'has to have at least 8 characters')
  .max(1_024, 'has to have at most 1024 characters');

const UNSAFE_MODE =
  'has to be gcm: ECB shows which blocks are equal, CBC lets stored bytes be changed unnoticed; neither proves what it opens';
const cipherMode = z.literal('gcm', { error: UNSAFE_MODE }).default('gcm').describe('AES in Galois/Counter Mode');

const escrow = z
  .boolean()
  .default(false)
  .describe('Makes a recovery key as well, which is shown once; the provider may ask for it');

const encryption = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('default'), mode: cipherMode }).describe('A random key of 256 bits, shown once'),
    z
      .strictObject({
        kind: z.literal('user-password'),
        passphrase: newPassphrase,
        mode: cipherMode,
        escrow,
      })
      .describe(
        'A random key of 256 bits that the password of the person opens who looks after the set; it stays as it is when the password changes',
      ),
    z
      .strictObject({
        kind: z.literal('custom'),
        passphrase: newPassphrase,
        mode: cipherMode,
        escrow,
        keyBits: z.literal([128, 256], { error: 'has to be 128 or 256' }).default(256),
      })
      .describe('A key that a passphrase of the customer opens'),
    z.strictObject({ kind: z.literal('off') }).describe('No encryption'),
  ],
  { error: 'has to be one of: default, user-password, custom, off' },
);

export const newVault = z.strictObject({
  destinationIds: z
    .array(uuid)
    .min(1, 'has to name at least one destination')
    .max(16, 'has to name at most 16 destinations')
    .describe('In order; the first takes the first copy'),
  encryption: encryption.prefault({ kind: 'default' }),
  compression: z
    .enum(['auto', 'none', 'fast', 'normal'], { error: 'has to be auto, none, fast or normal' })
    .default('auto'),
});

/** A set with a vault of its own, or in a vault that other sets of the tenant use. */
export const newBackupSet = z
  .strictObject({
    displayName,
    source,
    timeZone: timeZone.default('UTC'),
    retention: retentionPolicy.default({}),
    retentionRuns: retentionRuns
      .default('after-each-backup')
      .describe('When retention runs by itself; a set without rules keeps everything'),
    vault: newVault.optional().describe('The vault to make for the set'),
    vaultId: uuid.optional().describe('Instead: a vault of the tenant that exists'),
  })
  .refine((set) => (set.vault === undefined) !== (set.vaultId === undefined), {
    path: ['vault'],
    error: 'has to be given, or vaultId instead; not both',
  });

export const backupSetChange = z.strictObject({
  version: z.int('has to be a whole number').min(1).describe('The version that was read; another one is refused'),
  displayName,
  source,
  timeZone,
  retention: retentionPolicy,
  retentionRuns: retentionRuns.optional().describe('Stays as it is when absent'),
});

export const backupSetView = z
  .object({
    backupSetId: uuid,
    displayName: z.string(),
    source: z.object({
      allAccounts: z.boolean(),
      accountIds: z.array(z.string()),
      workloads: z.array(z.string()),
      skipUnlicensed: z.boolean(),
    }),
    vaultId: uuid,
    timeZone: z.string(),
    retention: retentionPolicy,
    retentionRuns,
    version: z.int(),
    createdAtMs: atMs,
    lastJobAtMs: atMs.optional(),
    lastJobState: jobState.optional(),
  })
  .meta({ id: 'BackupSet' });
export type BackupSetView = z.infer<typeof backupSetView>;

export const backupQuoteView = z
  .object({
    requests: count.describe('Requests to Microsoft'),
    units: count.describe("SharePoint's resource units"),
    items: count.describe('Items to read'),
    bytes: count.describe('Bytes to read from Microsoft'),
    expectedMs: count.describe('Expected milliseconds, as if no other job ran'),
    bindingLimit,
    resources: count.describe('Resources that the next job reads'),
    firstReads: count.describe('Resources that it reads for the first time'),
    unknown: count.describe("Of those, the ones that Microsoft's usage reports do not tell of; not in the figures"),
    asOfDay: z.string().optional().describe('The day that the usage reports tell of'),
    reportsRefused: z.string().optional().describe('Why usage reports could not be had, and what to do'),
  })
  .meta({ id: 'BackupQuote' });
export type BackupQuoteView = z.infer<typeof backupQuoteView>;

export const createdBackupSet = z
  .object({
    backupSet: backupSetView,
    keyText: z
      .string()
      .optional()
      .describe("The vault's key, 44 characters. Shown this once: keep it apart from the backup"),
    recoveryKeyText: z
      .string()
      .optional()
      .describe(
        'With escrow: the recovery key, 44 characters. Shown this once: keep it apart from the backup and from the key',
      ),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'CreatedBackupSet' });

const lockFailure = z
  .object({
    sinceMs: atMs,
    lastTriedAtMs: atMs,
    message: z.string().describe('What happened, what it means and what to do'),
    objects: count.describe('Objects that are needed and whose lock is due to be extended'),
    bytes: count.describe('Their bytes'),
    lockedUntilMs: atMs.optional().describe('The first end of their locks; absent where none is known'),
    unseenObjects: count.describe('Of them, those whose lock was not seen since they were written'),
  })
  .meta({ id: 'LockFailure' });

const destinationShare = z.object({
  destinationId: uuid,
  packs: count,
  packsBytes: count,
  packsBehind: count,
  keysBehind: count.describe(
    'Replaced key objects that still lie there: a passphrase or recovery key of before opens the vault by them',
  ),
  lockFailure: lockFailure.optional().describe('Present while locks there cannot be extended'),
});

export const vaultView = z
  .object({
    vaultId: uuid,
    keyKind: z.enum(['default', 'user-password', 'custom', 'off']),
    keyBits: z.int(),
    destinationIds: z.array(uuid),
    createdAtMs: atMs,
    generation: z.int(),
    statistics: z.object({
      packs: count,
      packsBytes: count,
      dataBytes: count,
      metaBytes: count,
      chunks: count,
      snapshots: count,
      destinations: z.array(destinationShare),
    }),
  })
  .meta({ id: 'Vault' });
export type VaultView = z.infer<typeof vaultView>;

/** All destinations of a vault, in order: the first takes the first copy. */
export const vaultDestinations = z
  .strictObject({
    destinationIds: z
      .array(uuid)
      .min(1, 'has to name at least one destination')
      .max(16, 'has to name at most 16 destinations')
      .refine((ids) => new Set(ids).size === ids.length, 'has to name each destination once'),
  })
  .meta({ id: 'VaultDestinations' });

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
