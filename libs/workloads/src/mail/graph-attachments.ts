import type { FileAttachment } from './kept-attachments.js';
import type { MimeAttachment } from './mime/attachments.js';
import { type InnerAddress, type InnerMessage, parseInnerMessage } from './mime/inner-message.js';
import { sentProperties } from './extended-properties.js';

/** An attachment of a message that is held as a whole. Its bytes are made when asked for. */
export interface HeldAttachment {
  readonly name: string;
  readonly contentType: string;
  readonly isInline: boolean;
  readonly contentId: string | undefined;
  /** Length of {@link content}. */
  readonly bytes: number;
  /** Decoded afresh at each call, so that one attachment is in memory beside the message. */
  readonly content: () => Buffer;
  /** The attachment as JSON, for a request's body. */
  readonly json: () => Record<string, unknown>;
}

/** Nesting of messages in messages that is taken over as messages; deeper ones become files. */
const MAX_NESTING = 10;

/** The attachments of a message's MIME. */
export function heldFromMime(attachments: readonly MimeAttachment[], nesting = 0): HeldAttachment[] {
  return attachments.map((attachment) => {
    if (attachment.kind === 'message' && nesting < MAX_NESTING) return heldMessage(attachment, nesting);
    const isFile = attachment.kind === 'file';
    return heldFile({
      name: attachment.name,
      contentType: isFile ? attachment.contentType : 'message/rfc822',
      isInline: attachment.isInline,
      contentId: isFile ? attachment.contentId : undefined,
      content: attachment.content,
    });
  });
}

/** An attachment that was kept as Graph gave it. */
export function heldFromGraph(attachment: FileAttachment): HeldAttachment {
  return heldFile({
    name: attachment.name ?? '',
    contentType: attachment.contentType ?? 'application/octet-stream',
    isInline: attachment.isInline ?? false,
    contentId: attachment.contentId ?? undefined,
    content: () => Buffer.from(attachment.contentBytes, 'base64'),
  });
}

function heldFile(file: Omit<HeldAttachment, 'bytes' | 'json'>): HeldAttachment {
  const { name, contentType, isInline, contentId, content } = file;
  return {
    ...file,
    bytes: content().length,
    json: () => ({
      '@odata.type': '#microsoft.graph.fileAttachment',
      name,
      contentType,
      isInline,
      ...(contentId === undefined ? {} : { contentId }),
      contentBytes: content().toString('base64'),
    }),
  };
}

function heldMessage({ name, isInline, content }: MimeAttachment, nesting: number): HeldAttachment {
  return {
    name,
    contentType: 'message/rfc822',
    isInline,
    contentId: undefined,
    bytes: content().length,
    content,
    json: () => ({
      '@odata.type': '#microsoft.graph.itemAttachment',
      name,
      isInline,
      item: innerJson(parseInnerMessage(content()), nesting + 1),
    }),
  };
}

function innerJson(message: InnerMessage, nesting: number): Record<string, unknown> {
  const [from] = message.from.map(recipient);
  const [sender] = message.sender.map(recipient);
  const sent = message.sentAt === undefined ? undefined : new Date(message.sentAt).toISOString();
  return {
    '@odata.type': '#microsoft.graph.message',
    subject: message.subject,
    body: message.body,
    ...(from === undefined ? {} : { from }),
    ...(sender === undefined ? {} : { sender }),
    toRecipients: message.to.map(recipient),
    ccRecipients: message.cc.map(recipient),
    bccRecipients: message.bcc.map(recipient),
    replyTo: message.replyTo.map(recipient),
    ...(message.internetMessageId === undefined ? {} : { internetMessageId: message.internetMessageId }),
    ...(sent === undefined ? {} : { sentDateTime: sent }),
    singleValueExtendedProperties: sentProperties(true, { sent, received: sent }),
    attachments: heldFromMime(message.attachments, nesting).map((attachment) => attachment.json()),
  };
}

function recipient({ name, address }: InnerAddress) {
  return { emailAddress: { name, address } };
}
