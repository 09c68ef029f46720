import { entries, type GraphClient, type GraphRequest, parseAnswer } from '@holdfast/graph';
import { z } from 'zod';

/** Name of the extra that holds a message's file attachments as Graph gives them, one JSON object a line. */
export const ATTACHMENTS_EXTRA = 'attachments';

const listedSchema = z.object({ id: z.string().min(1), '@odata.type': z.string().optional() });

/** A file attachment as Graph gives it. [Graph documentation: resources/fileattachment.md] */
export const fileAttachmentSchema = z.object({
  name: z.string().nullish(),
  contentType: z.string().nullish(),
  isInline: z.boolean().nullish(),
  contentId: z.string().nullish(),
  contentBytes: z.string(),
});
export type FileAttachment = z.infer<typeof fileAttachmentSchema>;

/** The file attachments of the message at `message.path`, a line each; one is in memory. */
export async function* readAttachments(
  client: GraphClient,
  message: Pick<GraphRequest, 'path' | 'demand'>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const list = { ...message, path: `${message.path}/attachments?$select=id` };
  for await (const entry of entries(client, list, signal)) {
    const listed = parseAnswer(listedSchema, entry);
    if (listed['@odata.type'] !== '#microsoft.graph.fileAttachment') continue;
    const path = `${message.path}/attachments/${encodeURIComponent(listed.id)}`;
    const attachment = parseAnswer(fileAttachmentSchema, await client.json({ ...message, path }, signal));
    yield Buffer.from(`${JSON.stringify(attachment)}\n`, 'utf8');
  }
}

/** What {@link readAttachments} wrote. */
export async function* parseAttachments(lines: AsyncIterable<Uint8Array>): AsyncGenerator<FileAttachment> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of lines) {
    rest = Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      yield fileAttachmentSchema.parse(JSON.parse(rest.toString('utf8', 0, end)));
      rest = rest.subarray(end + 1);
    }
  }
}
