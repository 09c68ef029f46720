import libmime from 'libmime';
import { decode } from 'libmime/lib/charset.js';
import { type Address, addressParser } from 'postal-mime';
import { attachmentsOf, bodyOf, type MimeAttachment } from './attachments.js';
import { contentOf, type Entity, parseEntity } from './entity.js';

export interface InnerAddress {
  readonly name: string;
  readonly address: string;
}

/** What a message inside a message says, as far as its MIME tells. */
export interface InnerMessage {
  readonly subject: string;
  readonly from: readonly InnerAddress[];
  readonly sender: readonly InnerAddress[];
  readonly to: readonly InnerAddress[];
  readonly cc: readonly InnerAddress[];
  readonly bcc: readonly InnerAddress[];
  readonly replyTo: readonly InnerAddress[];
  readonly internetMessageId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly sentAt: number | undefined;
  readonly body: { readonly contentType: 'html' | 'text'; readonly content: string };
  readonly attachments: readonly MimeAttachment[];
}

/** Reads an attached message. */
export function parseInnerMessage(bytes: Buffer): InnerMessage {
  const message = parseEntity(bytes);
  const { header } = message;
  const addresses = (name: string) => flatAddresses(addressParser(header.first(name) ?? ''));
  const sentAt = Date.parse(header.first('date') ?? '');
  return {
    subject: header.text('subject') ?? '',
    from: addresses('from'),
    sender: addresses('sender'),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    replyTo: addresses('reply-to'),
    internetMessageId: header.first('message-id'),
    sentAt: Number.isNaN(sentAt) ? undefined : sentAt,
    body: bodyText(bodyOf(message)),
    attachments: attachmentsOf(message),
  };
}

function bodyText(part: Entity | undefined): InnerMessage['body'] {
  if (part === undefined) return { contentType: 'text', content: '' };
  const contentType = part.contentType.value === 'text/html' ? 'html' : 'text';
  return {
    contentType,
    content: decode(contentOf(part), part.contentType.parameter('charset') ?? 'utf-8'),
  };
}

function flatAddresses(parsed: readonly Address[]): InnerAddress[] {
  return parsed.flatMap((entry) => {
    if (entry.group !== undefined) return flatAddresses(entry.group);
    return [{ name: libmime.decodeWords(entry.name), address: entry.address }];
  });
}
