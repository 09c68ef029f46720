import { AppError } from '@holdfast/kernel';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { lstat, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, createExclusively } from './create-exclusively.js';

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
 * vaults need the keys that their administrators were shown, so new ones are made only where neither is there.
 */
export async function readSecrets(folder: string): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const text = await readIfThere(file);
  if (text === undefined) {
    await requireNoDatabase(folder, file);
    return makeSecrets(file);
  }
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

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT') return undefined;
    throw new AppError(
      'INVALID_CONFIG',
      `${file} is there and cannot be read (${code}); nothing was changed. Let this account read it, see that its disk is well, and start again.`,
      { cause },
    );
  }
}

/** A database that is there was made with secrets that are missing: with new ones it opens for nobody. */
async function requireNoDatabase(folder: string, file: string): Promise<void> {
  const database = join(folder, 'postgres', 'cluster');
  const isThere = await lstat(database).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  );
  if (!isThere) return;
  throw new AppError(
    'INVALID_CONFIG',
    `${file} is missing, and ${database} was made with it; nothing was changed. Put back a copy of the file and start again, or name another folder to begin anew.`,
  );
}

async function makeSecrets(file: string): Promise<Secrets> {
  const secrets: Secrets = {
    providerKey: randomBytes(32).toString('base64'),
    grantKey: newSigningKey(),
    auditKey: newSigningKey(),
    placesSecret: randomBytes(32).toString('base64url'),
    databasePassword: randomBytes(24).toString('base64url'),
    apiKey: randomBytes(32).toString('base64url'),
  };
  try {
    await createExclusively(file, textOf(secrets));
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause;
    throw new AppError(
      'INVALID_CONFIG',
      `${file} leads to a file that is not there, or has come there this moment; nothing was changed. See that the disk it names is there, and start again.`,
      { cause },
    );
  }
  return secrets;
}

/** In place of the file that these were read from. */
async function keep(file: string, secrets: Secrets): Promise<Secrets> {
  await writeFile(`${file}.new`, textOf(secrets), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return secrets;
}

const textOf = (secrets: Secrets): string => JSON.stringify(secrets, undefined, 2);

function newSigningKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
}
