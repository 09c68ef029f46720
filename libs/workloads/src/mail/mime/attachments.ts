import type { Entity } from './entity.js';
import { transferDecode } from './transfer-decode.js';

/** What an attachment's bytes are made of. */
export interface AttachedPart {
  /** Stands before the body. */
  readonly prefix: Buffer;
  /** A part of the message's own buffer, still encoded. */
  readonly body: Buffer;
  readonly encoding: string;
}

/** What of a message is attached to it, as Graph tells attachments apart. */
export type MimeAttachment =
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly contentType: string;
      readonly isInline: boolean;
      readonly contentId: string | undefined;
      readonly part: AttachedPart;
      /** Decoded afresh at each call, so that one attachment is in memory beside the message. */
      readonly content: () => Buffer;
    }
  | {
      readonly kind: 'message';
      readonly name: string;
      readonly isInline: boolean;
      readonly part: AttachedPart;
      readonly content: () => Buffer;
    };

function contentOf({ prefix, body, encoding }: AttachedPart): Buffer {
  const content = transferDecode(body, encoding);
  return prefix.length === 0 ? content : Buffer.concat([prefix, content]);
}

/** The name under which Exchange keeps a whole S/MIME message as its only attachment. [MS-OXOSMIME 2.1.3] */
const SMIME_NAME = 'smime.p7m';

/** The attachments of a message in their order; S/MIME messages have exactly one, as in Exchange. */
export function attachmentsOf(message: Entity): readonly MimeAttachment[] {
  const type = message.contentType.value;
  if (type === 'multipart/signed') return [smime(type, contentHeaderAndBody(message))];
  if (/^application\/(x-)?pkcs7-mime$/.test(type)) return [smime(type, partOf(message))];
  return leaves(message).flatMap((leaf) => (isAttached(leaf, message) ? [attachmentOf(leaf)] : []));
}

/** The part that a reader sees as the message's text: HTML before plain text. */
export function bodyOf(message: Entity): Entity | undefined {
  const texts = leaves(message).filter((leaf) => !isAttached(leaf, message));
  return texts.find((leaf) => leaf.contentType.value === 'text/html') ?? texts.find(isText);
}

function leaves(entity: Entity): readonly Entity[] {
  return entity.parts.length > 0 ? entity.parts.flatMap(leaves) : [entity];
}

function isText({ contentType }: Entity): boolean {
  return ['', 'text', 'text/plain', 'text/html'].includes(contentType.value);
}

function isAttached(leaf: Entity, message: Entity): boolean {
  const disposition = leaf.header.structured('content-disposition');
  if (disposition.value === 'attachment' || disposition.parameter('filename') !== undefined) return true;
  if (leaf.contentType.parameter('name') !== undefined && leaf !== message) return true;
  if (leaf.contentType.value === 'text/calendar' || leaf.contentType.value.startsWith('multipart/')) return false;
  return !isText(leaf);
}

function attachmentOf(leaf: Entity): MimeAttachment {
  const disposition = leaf.header.structured('content-disposition');
  const name =
    disposition.parameter('filename') ?? leaf.contentType.parameter('name') ?? leaf.header.text('content-description');
  const contentId = leaf.header.first('content-id')?.replace(/^<|>$/g, '');
  const isInline = disposition.value === 'inline' || (disposition.value === '' && contentId !== undefined);
  const part = partOf(leaf);
  const content = () => contentOf(part);
  if (leaf.contentType.value === 'message/rfc822')
    return { kind: 'message', name: name ?? '', isInline, part, content };
  const contentType = leaf.contentType.value === '' ? 'application/octet-stream' : leaf.contentType.value;
  return { kind: 'file', name: name ?? 'attachment', contentType, isInline, contentId, part, content };
}

function smime(contentType: string, part: AttachedPart): MimeAttachment {
  const content = () => contentOf(part);
  return { kind: 'file', name: SMIME_NAME, contentType, isInline: false, contentId: undefined, part, content };
}

/** The signed entity: the fields that describe the content, as they stand, and the body. */
function contentHeaderAndBody({ headerBytes, body }: Entity): AttachedPart {
  const lines = headerBytes.toString('latin1').split(/(?<=\n)(?![ \t])/);
  const fields = lines.filter((line) => /^content-/i.test(line)).join('');
  return { prefix: Buffer.from(`${fields}\r\n`, 'latin1'), body, encoding: '7bit' };
}

function partOf({ body, encoding }: Entity): AttachedPart {
  return { prefix: Buffer.alloc(0), body, encoding };
}
