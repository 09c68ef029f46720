import type { Attachment, FileAttachment, Letter } from '../content/letter.js';
import { breakMime } from './breakage.js';
import { calendarRequest } from './calendar.js';
import { base64Body, type Entity, entityOctets, multipart } from './entity.js';
import { addressList, headerText, mimeDate, parameter } from './header.js';
import { encodeCharset, transferEncode } from './text-encoding.js';

/** The message as RFC 5322 octets, in pieces: the same pieces for the same letter, however often it is asked for. */
export function renderMime(letter: Letter): Iterable<Buffer> {
  if (letter.mime) return letter.mime();
  const octets = entityOctets(withHeaders(letter, contentOf(letter)));
  return letter.style.breakage ? breakMime(octets, letter.style.breakage) : octets;
}

/** The entity with the message's own header lines before its content's. */
export function withHeaders(letter: Letter, content: Entity): Entity {
  const rawSubject = letter.style.breakage === 'raw-8bit-headers' ? letter.subject : headerText(letter.subject);
  const lines = [
    ...letter.headers.map(([name, value]) => `${name}: ${value}`),
    `Date: ${mimeDate(letter.sentAt)}`,
    ...(letter.from ? [`From: ${addressList([letter.from])}`] : []),
    ...(letter.sender && letter.sender.address !== letter.from?.address
      ? [`Sender: ${addressList([letter.sender])}`]
      : []),
    ...(letter.replyTo.length > 0 ? [`Reply-To: ${addressList(letter.replyTo)}`] : []),
    ...(letter.to.length > 0 ? [`To: ${addressList(letter.to)}`] : []),
    ...(letter.cc.length > 0 ? [`Cc: ${addressList(letter.cc)}`] : []),
    ...(letter.bcc.length > 0 ? [`Bcc: ${addressList(letter.bcc)}`] : []),
    `Subject: ${rawSubject}`,
    `Message-ID: ${letter.internetMessageId}`,
    'MIME-Version: 1.0',
  ];
  return { header: `${lines.join('\r\n')}\r\n${content.header}`, body: content.body };
}

/** The message's content without its own header: text, or a tree of parts. */
export function contentOf(letter: Letter): Entity {
  const isCut = letter.style.breakage === 'unclosed-boundary';
  const parts = letter.attachments.filter((attachment) => attachment.kind !== 'reference');
  const inline = parts.filter((part): part is FileAttachment => part.kind === 'file' && part.isInline);
  const others = parts.filter((part) => !part.isInline);
  const text = textOf(letter);
  const related =
    inline.length === 0
      ? text
      : multipart([text, ...inline.map(attachmentPart)], { kind: 'related', boundary: boundary(letter, 'related') });
  if (others.length === 0) return related;
  return multipart([related, ...others.map(attachmentPart)], {
    kind: 'mixed',
    boundary: boundary(letter, 'mixed'),
    isUnclosed: isCut,
  });
}

function boundary(letter: Letter, role: string): string {
  return `----=_${role}_${letter.internetMessageId.replace(/[^A-Za-z0-9]/g, '').slice(0, 40)}`;
}

function textOf(letter: Letter): Entity {
  const { contentType, content } = letter.body();
  const main = textPart(letter, contentType === 'html' ? 'html' : 'plain', content);
  const alternatives = [
    ...(letter.plainText ? [textPart(letter, 'plain', letter.plainText())] : []),
    main,
    ...(letter.meeting ? [calendarRequest(letter, letter.meeting)] : []),
  ];
  if (alternatives.length === 1) return main;
  return multipart(alternatives, { kind: 'alternative', boundary: boundary(letter, 'alternative') });
}

function textPart(letter: Letter, subtype: string, content: string): Entity {
  const { charset, encoding, breakage } = letter.style;
  const declared = breakage === 'wrong-charset' ? 'us-ascii' : charset;
  const header = `Content-Type: text/${subtype}; charset="${declared}"\r\nContent-Transfer-Encoding: ${encoding}\r\n`;
  return { header, body: [transferEncode(encodeCharset(content, charset), encoding)] };
}

function attachmentPart(attachment: Attachment): Entity {
  const name = parameter('filename', attachment.name);
  if (attachment.kind === 'item') {
    const header = `Content-Type: message/rfc822\r\nContent-Disposition: attachment${name}\r\n`;
    return { header, body: renderMime(attachment.letter) };
  }
  if (attachment.kind === 'reference') return { header: '', body: [] };
  const disposition = attachment.isInline ? 'inline' : 'attachment';
  const id = attachment.contentId === null ? '' : `Content-ID: <${attachment.contentId}>\r\n`;
  const header =
    `Content-Type: ${attachment.contentType}${parameter('name', attachment.name)}\r\n` +
    `Content-Disposition: ${disposition}${name}\r\n${id}Content-Transfer-Encoding: base64\r\n`;
  return { header, body: base64Body(attachment.content) };
}
