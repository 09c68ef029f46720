import type * as graph from '@microsoft/microsoft-graph-types';
import { isoSeconds } from '../../core/sim-clock.js';
import type { Attachment, Letter } from '../content/letter.js';
import { renderMime } from '../mime/render.js';
import { attachmentId } from '../model/ids.js';
import { addressJson, bodyJson } from './letter-json.js';

export interface AttachmentView {
  readonly attachment: Attachment;
  /** Id of the message, in the form that the client asked for. */
  readonly messageId: string;
  readonly modifiedAt: number;
  /** With contentBytes of files; lists of other calls leave them out. */
  readonly withContent: boolean;
  /** `$expand=microsoft.graph.itemattachment/item`. */
  readonly withItem: boolean;
  /** Whether an expanded item holds its own attachments. */
  readonly withItemAttachments: boolean;
}

type Json = Record<string, unknown>;

/** Octets of an attachment as its `size` says; for an item those of its text and attachments. */
export function attachmentSize(attachment: Attachment): number {
  if (attachment.kind === 'file') return attachment.content.bytes;
  if (attachment.kind === 'reference') return 0;
  const text = Buffer.byteLength(attachment.letter.body().content);
  return attachment.letter.attachments.reduce((sum, inner) => sum + attachmentSize(inner), text);
}

/** An attachment as Graph shows it (docs: graph/api/resources/fileattachment, itemattachment, referenceattachment). */
export function attachmentJson(view: AttachmentView): Json {
  const { attachment, messageId, modifiedAt } = view;
  const base = {
    '@odata.type': `#microsoft.graph.${attachment.kind}Attachment`,
    '@odata.mediaContentType': attachment.contentType,
    id: attachmentId(messageId, attachment.number),
    lastModifiedDateTime: isoSeconds(modifiedAt),
    name: attachment.name,
    contentType: attachment.kind === 'item' ? null : attachment.contentType,
    size: attachmentSize(attachment),
    isInline: attachment.isInline,
  } satisfies graph.Attachment & Json;
  if (attachment.kind === 'item') return view.withItem ? { ...base, item: itemJson(attachment.letter, view) } : base;
  if (attachment.kind === 'reference') return base;
  return {
    ...base,
    contentId: attachment.contentId,
    contentLocation: null,
    ...(view.withContent ? { contentBytes: base64Of(attachment.content.pieces()) } : {}),
  };
}

function base64Of(pieces: Iterable<Buffer>): string {
  return Buffer.concat([...pieces]).toString('base64');
}

/** A message inside a message: without id, place and state, since it lies in no folder. */
function itemJson(letter: Letter, view: AttachmentView): Json {
  const sent = isoSeconds(letter.sentAt);
  return {
    '@odata.type': '#microsoft.graph.message',
    id: '',
    createdDateTime: sent,
    lastModifiedDateTime: isoSeconds(view.modifiedAt),
    receivedDateTime: sent,
    sentDateTime: sent,
    hasAttachments: letter.attachments.some((inner) => !inner.isInline),
    internetMessageId: letter.internetMessageId,
    subject: letter.subject,
    importance: 'normal',
    isRead: true,
    isDraft: false,
    body: bodyJson(letter.body()),
    sender: letter.sender ? addressJson(letter.sender) : null,
    from: letter.from ? addressJson(letter.from) : null,
    toRecipients: letter.to.map(addressJson),
    ccRecipients: letter.cc.map(addressJson),
    bccRecipients: letter.bcc.map(addressJson),
    replyTo: letter.replyTo.map(addressJson),
    ...(view.withItemAttachments
      ? {
          attachments: letter.attachments.map((attachment) =>
            attachmentJson({ ...view, attachment, withContent: true }),
          ),
        }
      : {}),
  };
}

/** The raw content: a file's bytes, an item's MIME; undefined for a reference (docs: graph/api/attachment-get). */
export function attachmentOctets(attachment: Attachment): Iterable<Buffer> | undefined {
  if (attachment.kind === 'file') return attachment.content.pieces();
  return attachment.kind === 'item' ? renderMime(attachment.letter) : undefined;
}
