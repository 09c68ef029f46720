import { isDamage, type ItemRecord } from '@holdfast/vault';
import { ATTACHMENTS_EXTRA, emlName, parseAttachments } from '@holdfast/workloads';
import type { OpenedSnapshot } from './opened-vault.js';
import { LOST } from './proven-content.js';

/** Attachments of one message are held together up to this many bytes of what the vault has of them. */
const HELD_BYTES = 64 * 1024 * 1024;

/** A file that was attached to a message. */
export interface KeptFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** The files kept beside a message whose MIME is damaged, mostly none; or why they are not to be had. */
export type KeptFiles = { readonly files: readonly KeptFile[] } | { readonly reason: string };

/** Whether attachments of the message were kept beside it, since its MIME does not hold them. */
export function hasKeptAttachments({ extras }: ItemRecord): boolean {
  return extras?.[ATTACHMENTS_EXTRA] !== undefined;
}

/** Name of the folder beside a message's EML that its kept attachments go into. */
export function attachmentsFolder(record: ItemRecord): string {
  return `${emlName(record).replace(/\.eml$/, '')} attachments`;
}

export async function keptFiles({ vault }: OpenedSnapshot, { extras }: ItemRecord): Promise<KeptFiles> {
  const ref = extras?.[ATTACHMENTS_EXTRA];
  if (!ref) return { files: [] };
  if (ref.bytes > HELD_BYTES) return { reason: 'they are too large for a download; restore the message to have them' };
  try {
    const kept = await Array.fromAsync(parseAttachments(vault.reader.readContent(ref)));
    const files = kept.map(({ name, contentBytes }) => ({
      name: name == null || name.trim() === '' ? 'attachment' : name,
      content: Buffer.from(contentBytes, 'base64'),
    }));
    return { files };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { reason: LOST };
  }
}
