import { GivenBytes } from '../content/attachment-bytes.js';
import type { Attachment, FileAttachment, Letter } from '../content/letter.js';
import {
  invalid,
  isObject,
  readAddress,
  readAddresses,
  readBody,
  readInstant,
  readList,
  readText,
} from './read-json.js';

type Json = Readonly<Record<string, unknown>>;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Octets of base64 text; undefined when it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  const bare = text.replace(/\s+/g, '');
  return bare.length % 4 === 0 && BASE64.test(bare) ? Buffer.from(bare, 'base64') : undefined;
}

/** An attachment of a request's body (docs: graph/api/message-post-attachments). */
export function readAttachment(value: unknown, number: number): Attachment {
  if (!isObject(value)) throw invalid('attachments', 'expected objects');
  const type = String(value['@odata.type']).replace(/^#/, '').toLowerCase();
  const base = { number, name: readText('name', value.name), isInline: value.isInline === true };
  switch (type) {
    case 'microsoft.graph.fileattachment':
      return fileIn(value, base);
    case 'microsoft.graph.itemattachment':
      if (!isObject(value.item)) throw invalid('item', 'expected a message');
      return { ...base, kind: 'item', contentType: 'message/rfc822', letter: letterIn(value.item) };
    case 'microsoft.graph.referenceattachment':
      return {
        ...base,
        kind: 'reference',
        contentType: contentTypeIn(value),
        sourceUrl: readText('sourceUrl', value.sourceUrl),
      };
    default:
      throw invalid('@odata.type', 'expected a fileAttachment, itemAttachment or referenceAttachment');
  }
}

const contentTypeIn = (value: Json): string =>
  typeof value.contentType === 'string' && value.contentType !== '' ? value.contentType : 'application/octet-stream';

function fileIn(value: Json, base: Pick<FileAttachment, 'number' | 'name' | 'isInline'>): FileAttachment {
  const content = decodeBase64(readText('contentBytes', value.contentBytes));
  if (!content) throw invalid('contentBytes', 'expected base64');
  const contentId = typeof value.contentId === 'string' ? value.contentId : null;
  return { ...base, kind: 'file', contentType: contentTypeIn(value), contentId, content: new GivenBytes(content) };
}

/** The message inside an item attachment. */
function letterIn(item: Json): Letter {
  const addresses = (name: string): ReturnType<typeof readAddresses> =>
    item[name] === undefined ? [] : readAddresses(name, item[name]);
  const address = (name: string): Letter['from'] => (isObject(item[name]) ? readAddress(name, item[name]) : undefined);
  const body = item.body === undefined ? ({ contentType: 'text', content: '' } as const) : readBody(item.body);
  const attachments = item.attachments === undefined ? [] : readList('attachments', item.attachments);
  const sentAt = item.sentDateTime === undefined ? 0 : readInstant('sentDateTime', item.sentDateTime);
  const internetMessageId =
    typeof item.internetMessageId === 'string' ? item.internetMessageId : '<item@attached.example>';
  return {
    subject: typeof item.subject === 'string' ? item.subject : '',
    from: address('from'),
    sender: address('sender'),
    to: addresses('toRecipients'),
    cc: addresses('ccRecipients'),
    bcc: addresses('bccRecipients'),
    replyTo: addresses('replyTo'),
    internetMessageId,
    sentAt,
    topic: internetMessageId,
    headers: [],
    body: () => body,
    attachments: attachments.map((attachment, n) => readAttachment(attachment, n + 1)),
    style: { charset: 'utf-8', encoding: 'quoted-printable' },
  };
}
