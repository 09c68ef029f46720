import { AppError } from '@holdfast/kernel';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  providerKey: z.string().min(1),
  /** Keys that it had before, while what they closed is closed anew. */
  furtherProviderKeys: z.array(z.string().min(1)).optional(),
  grantKey: z.string().includes('PRIVATE KEY'),
  auditKey: z.string().includes('PRIVATE KEY'),
  placesSecret: z.string().min(32),
  databasePassword: z.string().min(1),
  apiKey: z.string().min(32),
});

/** What an installation in one process keeps to itself; in a cluster these are settings of the services. */
export type Secrets = z.infer<typeof schema>;

/**
 * The secrets of a data folder, made the first time. Without this file the folder's database cannot be opened and its
 * vaults need the keys that their administrators were shown.
 */
export async function readSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return writeSecrets(file);
  try {
    const kept = JSON.parse(text) as object;
    // A folder of an earlier version has no key for the audit trail.
    if (!('auditKey' in kept)) return await keep(file, schema.parse({ ...kept, auditKey: newSigningKey() }));
    return schema.parse(kept);
  } catch (cause) {
    throw new AppError(
      'INVALID_CONFIG',
      `${file} is damaged, so the stored credentials and keys cannot be opened. Put back a copy of it.`,
      { cause },
    );
  }
}

async function writeSecrets(file: string): Promise<Secrets> {
  const secrets: Secrets = {
    providerKey: randomBytes(32).toString('base64'),
    grantKey: newSigningKey(),
    auditKey: newSigningKey(),
    placesSecret: randomBytes(32).toString('base64url'),
    databasePassword: randomBytes(24).toString('base64url'),
    apiKey: randomBytes(32).toString('base64url'),
  };
  return keep(file, secrets);
}

async function keep(file: string, secrets: Secrets): Promise<Secrets> {
  await writeFile(`${file}.new`, JSON.stringify(secrets, undefined, 2), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return secrets;
}

function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
}
