import type { ItemRecord } from '@holdfast/vault';
import { z } from 'zod';
import { emlName } from './eml-name.js';

const LF = 0x0a;

/** Name of the extra that holds a message's file attachments as Graph gives them, one JSON object a line; its MIME, which is damaged, lacks them. */
export const ATTACHMENTS_EXTRA = 'attachments';

/** A file attachment as Graph gives it. [Graph documentation: resources/fileattachment.md] */
export const fileAttachmentSchema = z.object({
  name: z.string().nullish(),
  contentType: z.string().nullish(),
  isInline: z.boolean().nullish(),
  contentId: z.string().nullish(),
  contentBytes: z.string(),
});
export type FileAttachment = z.infer<typeof fileAttachmentSchema>;

/** Name of the folder beside a message's EML that its kept attachments go into. */
export function attachmentsFolder(record: ItemRecord): string {
  return `${emlName(record).replace(/\.eml$/, '')} attachments`;
}

/** A file that was attached to a message. */
interface KeptFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** The files in what the extra holds; one is in memory. */
export async function* keptFilesIn(lines: AsyncIterable<Uint8Array>): AsyncGenerator<KeptFile> {
  for await (const { name, contentBytes } of parseAttachments(lines))
    yield {
      name: name == null || name.trim() === '' ? 'attachment' : name,
      content: Buffer.from(contentBytes, 'base64'),
    };
}

/** What the extra holds; one attachment is in memory. */
export async function* parseAttachments(lines: AsyncIterable<Uint8Array>): AsyncGenerator<FileAttachment> {
  let line: Uint8Array[] = [];
  for await (const piece of lines) {
    let start = 0;
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, start)) {
      line.push(piece.subarray(start, end));
      yield fileAttachmentSchema.parse(JSON.parse(Buffer.concat(line).toString('utf8')));
      line = [];
      start = end + 1;
    }
    // Copied: the piece is its reader's again.
    if (start < piece.byteLength) line.push(Buffer.from(piece.subarray(start)));
  }
}
