import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';

/** The variable that names the folder to be removed when rclone has ended. */
export const TRUST_FOLDER = 'HOLDFAST_TRUST_FOLDER';

/**
 * Writes the public certificates and these (PEM) into a file, since rclone takes them in no other way and trusts nothing else then; answers
 * the environment that tells of it. https://rclone.org/docs/#ca-cert-stringarray
 */
export async function trustFile(ca: string): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-trust-'));
  const file = join(folder, 'trusted.pem');
  await writeFile(file, [...getCACertificates('default'), ca].join('\n'));
  return { RCLONE_CA_CERT: file, [TRUST_FOLDER]: folder };
}
