import { ATTACHMENT_FRAGMENT_BYTES, type GraphClient, GraphFailure, parseAnswer, upload } from '@holdfast/graph';
import { z } from 'zod';
import type { RestoreItem } from '../writer.port.js';
import { collect } from './collect.js';
import { type HeldAttachment, heldFromGraph, heldFromMime } from './graph-attachments.js';
import { attachmentsOf, type MimeAttachment } from './mime/attachments.js';
import { elideMime, type Stretch } from './mime/elided-mime.js';
import { bytesOf, decoded } from './mime/stretch.js';
import { parseEntity } from './mime/entity.js';
import { outlookDemand } from './outlook-demand.js';
import { ATTACHMENTS_EXTRA, parseAttachments } from './kept-attachments.js';

/** MIME up to this length is held while its attachments are restored; of longer ones only what is not base64, and a piece on its way. */
const HELD_MIME_BYTES = 8 * 1024 * 1024;
/** A message with its attachments as MIME, at most: Microsoft's 150 MB, in base64. [Graph documentation: concepts/outlook-large-attachments.md] */
const MAX_MIME_BYTES = 215_000_000;
/** Attachments from this size on need an upload session. [same page] */
const SESSION_FROM_BYTES = 3 * 1024 * 1024;
/** Upload sessions begun for one attachment, at most. */
const TRIES = 3;

const sessionSchema = z.object({ uploadUrl: z.string().min(1) });

/** An attachment on its way into a mailbox. */
export interface OutgoingAttachment extends Omit<HeldAttachment, 'content' | 'json'> {
  /** Its bytes from the first one, afresh at each call. */
  readonly content: () => AsyncIterable<Uint8Array>;
  /** The attachment as JSON, for a request's body: for those that are small enough for one. */
  readonly json: () => Promise<Record<string, unknown>>;
}

/** The attachments of a snapshot's message: from its MIME, or from what was kept beside a MIME that is not whole. */
export async function attachmentsToRestore(item: RestoreItem): Promise<readonly OutgoingAttachment[]> {
  const kept = item.extra(ATTACHMENTS_EXTRA);
  const isMine = ({ kind }: MimeAttachment) => kept === undefined || kind === 'message';
  const files = kept === undefined ? [] : await Array.fromAsync(parseAttachments(kept), heldFromGraph);
  const bytes = item.record.content?.bytes ?? 0;
  const fromMime = bytes > HELD_MIME_BYTES ? await fromLongMime(item, isMine) : await fromShortMime(item, isMine);
  return [...files.map(outgoing), ...fromMime];
}

type Choice = (attachment: MimeAttachment) => boolean;

async function fromShortMime(item: RestoreItem, isMine: Choice): Promise<readonly OutgoingAttachment[]> {
  const mime = await collect(item.content(), MAX_MIME_BYTES);
  return heldFromMime(attachmentsOf(parseEntity(mime)).filter(isMine)).map(outgoing);
}

/** The message goes by once to find its parts, and once more for each long attachment when that is counted and when it is sent. */
async function fromLongMime(item: RestoreItem, isMine: Choice): Promise<readonly OutgoingAttachment[]> {
  const mime = await elideMime(item.content());
  const attachments: OutgoingAttachment[] = [];
  for (const attachment of attachmentsOf(parseEntity(mime.bytes)).filter(isMine)) {
    const stretch = mime.stretchOf(attachment.part.body);
    if (stretch) attachments.push(await longAttachment(item, attachment, stretch));
    else attachments.push(...heldFromMime([attachment]).map(outgoing));
  }
  return attachments;
}

async function longAttachment(
  item: RestoreItem,
  attachment: MimeAttachment,
  stretch: Stretch,
): Promise<OutgoingAttachment> {
  const { prefix, encoding } = attachment.part;
  const content = async function* () {
    yield prefix;
    yield* decoded(bytesOf(item.content(), stretch), encoding);
  };
  let bytes = 0;
  for await (const piece of content()) bytes += piece.length;
  const isFile = attachment.kind === 'file';
  return {
    name: attachment.name,
    contentType: isFile ? attachment.contentType : 'message/rfc822',
    isInline: attachment.isInline,
    contentId: isFile ? attachment.contentId : undefined,
    bytes,
    content,
    json: async () => {
      const whole = await collect(content(), SESSION_FROM_BYTES);
      const [held] = heldFromMime([{ ...attachment, content: () => whole }]);
      return held?.json() ?? {};
    },
  };
}

function outgoing(held: HeldAttachment): OutgoingAttachment {
  return {
    ...held,
    content: async function* () {
      yield held.content();
    },
    json: async () => held.json(),
  };
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
    await client.json({ method: 'POST', path, demand, json: await attachment.json() }, signal);
    return;
  }
  const { name, contentType, isInline, contentId, bytes } = attachment;
  const about = { attachmentType: 'file', name, size: bytes, contentType, isInline };
  const AttachmentItem = contentId === undefined ? about : { ...about, contentId };
  const create = { method: 'POST', path: `${path}/createUploadSession`, demand, json: { AttachmentItem } } as const;
  for (let tried = 1; ; tried += 1) {
    const { uploadUrl: url } = parseAnswer(sessionSchema, await client.json(create, signal));
    const content = attachment.content();
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
