import { entries, type GraphClient, type GraphRequest, parseAnswer } from '@holdfast/graph';
import { z } from 'zod';
import { fileAttachmentSchema } from './kept-attachments.js';

const listedSchema = z.object({ id: z.string().min(1), '@odata.type': z.string().optional() });

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
