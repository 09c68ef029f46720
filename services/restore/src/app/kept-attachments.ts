import { isDamage, type ItemRecord } from '@holdfast/vault';
import { ATTACHMENTS_EXTRA, type KeptFile, keptFilesIn } from '@holdfast/workloads';
import type { OpenedSnapshot } from './opened-vault.js';
import { LOST } from './proven-content.js';

/** Attachments of one message are held together up to this many bytes of what the vault has of them. */
const HELD_BYTES = 64 * 1024 * 1024;

/** The files kept beside a message whose MIME is damaged, mostly none; or why they are not to be had. */
export type KeptFiles = { readonly files: readonly KeptFile[] } | { readonly reason: string };

export async function keptFiles({ vault }: OpenedSnapshot, { extras }: ItemRecord): Promise<KeptFiles> {
  const ref = extras?.[ATTACHMENTS_EXTRA];
  if (!ref) return { files: [] };
  if (ref.bytes > HELD_BYTES) return { reason: 'they are too large for a download; restore the message to have them' };
  try {
    return { files: await Array.fromAsync(keptFilesIn(vault.reader.readContent(ref))) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { reason: LOST };
  }
}
