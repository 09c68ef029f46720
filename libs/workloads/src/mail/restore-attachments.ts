import { ATTACHMENT_FRAGMENT_BYTES, type GraphClient, GraphFailure, parseAnswer, upload } from '@holdfast/graph';
import { z } from 'zod';
import type { RestoreItem } from '../writer.port.js';
import { collect } from './collect.js';
import { type OutgoingAttachment, outgoingFromGraph, outgoingFromMime } from './graph-attachments.js';
import { attachmentsOf } from './mime/attachments.js';
import { parseEntity } from './mime/entity.js';
import { outlookDemand } from './outlook-demand.js';
import { ATTACHMENTS_EXTRA, parseAttachments } from './read-attachments.js';

/** A message with its attachments as MIME, at most: Microsoft's 150 MB, in base64. [Graph documentation: concepts/outlook-large-attachments.md] */
const MAX_MIME_BYTES = 215_000_000;
/** Attachments from this size on need an upload session. [same page] */
const SESSION_FROM_BYTES = 3 * 1024 * 1024;
/** Upload sessions begun for one attachment, at most. */
const TRIES = 3;

const sessionSchema = z.object({ uploadUrl: z.string().min(1) });

/** The attachments of a snapshot's message: from its MIME, or from what was kept beside a MIME that is not whole. */
export async function attachmentsToRestore(item: RestoreItem): Promise<readonly OutgoingAttachment[]> {
  const mime = await collect(item.content(), MAX_MIME_BYTES);
  const fromMime = attachmentsOf(parseEntity(mime));
  const kept = item.extra(ATTACHMENTS_EXTRA);
  if (kept === undefined) return outgoingFromMime(fromMime);
  const files = await Array.fromAsync(parseAttachments(kept), outgoingFromGraph);
  return [...files, ...outgoingFromMime(fromMime.filter((attachment) => attachment.kind === 'message'))];
}

/** Adds one attachment to the message at `messagePath`. */
export async function addAttachment(
  client: GraphClient,
  place: { readonly userId: string; readonly messagePath: string },
  attachment: OutgoingAttachment,
  signal: AbortSignal,
): Promise<void> {
  const demand = outlookDemand(place.userId);
  const path = `${place.messagePath}/attachments`;
  if (attachment.bytes < SESSION_FROM_BYTES) {
    await client.json({ method: 'POST', path, demand, json: attachment.json() }, signal);
    return;
  }
  const { name, contentType, isInline, contentId, bytes } = attachment;
  const about = { attachmentType: 'file', name, size: bytes, contentType, isInline };
  const AttachmentItem = contentId === undefined ? about : { ...about, contentId };
  const create = { method: 'POST', path: `${path}/createUploadSession`, demand, json: { AttachmentItem } } as const;
  for (let tried = 1; ; tried += 1) {
    const { uploadUrl: url } = parseAnswer(sessionSchema, await client.json(create, signal));
    const content = stream([attachment.content()]);
    try {
      await upload(client, { url, bytes, content, fragmentBytes: ATTACHMENT_FRAGMENT_BYTES, demand }, signal);
      return;
    } catch (error) {
      // An address that ran out is refused before anything is stored, so another session doubles nothing.
      const hasRunOut = error instanceof GraphFailure && error.status === 401;
      if (!hasRunOut || tried === TRIES) throw error;
    }
  }
}

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
