import { z } from 'zod';
import { newPassphrase } from './backup-sets.js';
import { jobView } from './jobs.js';
import { atMs, count, uuid } from './parts.js';

const vaultKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/, 'has to have 44 characters of base64, as it was shown when the vault was made');

const byKey = z
  .strictObject({
    kind: z.literal('key'),
    keys: z.array(vaultKey).min(1, 'has to name at least one key').max(64, 'has to name at most 64 keys'),
  })
  .describe("The vault's key of 44 characters; all of them where it has several");
const byPassphrase = z
  .strictObject({
    kind: z.literal('passphrase'),
    passphrase: z.string().min(1, 'has to be given').max(1_024, 'has to have at most 1024 characters'),
  })
  .describe('The user password, or the passphrase of a custom key');
const byRecoveryKey = z
  .strictObject({ kind: z.literal('recovery'), recoveryKey: vaultKey })
  .describe('The recovery key that was shown when the keys were put into escrow');

/** What opens a vault that lies at a destination. */
export const vaultSecret = z.discriminatedUnion(
  'kind',
  [
    byKey,
    byPassphrase,
    byRecoveryKey,
    z
      .strictObject({ kind: z.literal('provider') })
      .describe("The installation's own key, where it is the one that the lost installation had"),
    z.strictObject({ kind: z.literal('off') }).describe('The vault is not encrypted'),
  ],
  { error: 'has to be one of: key, passphrase, recovery, provider, off' },
);

/** What shows that whoever changes a passphrase may: the present one, or where it is forgotten another key of the vault. */
const passphraseProof = z.discriminatedUnion('kind', [byPassphrase, byRecoveryKey, byKey], {
  error: 'has to be one of: passphrase (the present one), recovery, key',
});

export const passphraseChange = z.strictObject({ passphrase: newPassphrase, proof: passphraseProof });

export const newRotation = z.strictObject({
  passphrase: z
    .string()
    .max(1_024, 'has to have at most 1024 characters')
    .default('')
    .describe('Of a vault that has one: the new key is closed with it too'),
});

export const keyRecovery = z.strictObject({ recoveryKey: vaultKey });

export const changedKeysView = z
  .object({
    keyTexts: z
      .array(z.string())
      .describe('Root keys that are new or were recovered, 44 characters each. Shown this once: keep them all'),
    recoveryKeyText: z.string().optional().describe('A new recovery key, which takes the place of an earlier one'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'ChangedKeys' });
export type ChangedKeysView = z.infer<typeof changedKeysView>;

export const newRebuild = z.strictObject({
  destinationIds: z
    .array(uuid)
    .min(1, 'has to name at least one destination')
    .max(16, 'has to name at most 16 destinations')
    .describe('In order: the first that holds the vault is read first, what it lacks comes from the others'),
  secret: vaultSecret,
  vaultId: uuid.optional().describe('Where the secret opens several vaults: which one'),
  lookOnly: z.boolean().default(false).describe('Says what would be brought back, and changes nothing'),
});

export const rebuildView = z
  .object({
    vaultId: uuid,
    newestJobStartedAtMs: atMs
      .optional()
      .describe('Start of the newest backup in the vault: a later one that you know of is not there'),
    resourcesLookedAt: count.describe('Resources that this instant is taken from'),
    isEveryResource: z.boolean().describe('There are no others'),
    isKnown: z.boolean().describe('The installation has the vault already'),
    copies: z
      .array(
        z.object({
          destinationId: uuid,
          holdsVault: z.boolean(),
          newestJobStartedAtMs: atMs.optional().describe('Start of the newest backup there'),
          trouble: z.string().optional().describe('Why the destination could not be looked at'),
        }),
      )
      .describe('What each of the destinations has of the vault, in their order'),
    job: jobView.optional().describe('Absent with lookOnly'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Rebuild' });
export type RebuildView = z.infer<typeof rebuildView>;
