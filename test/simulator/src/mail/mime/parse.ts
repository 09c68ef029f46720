import { GivenBytes } from '../content/attachment-bytes.js';
import type { Attachment, Letter, LetterBody } from '../content/letter.js';
import {
  decodeQuoted,
  decodeText,
  decodeWords,
  type Header,
  parseAddresses,
  parseHeader,
  parseParameters,
} from './parse-header.js';

const DEEPEST = 20;

interface Gathered {
  text: string | undefined;
  html: string | undefined;
  readonly attachments: Attachment[];
}

/** What a message in MIME says; what it leaves out comes from `blank`. Broken parts are read as far as they go. */
export function parseMime(octets: Buffer, blank: Letter, depth = 0): Letter {
  const { header, lines, body } = splitEntity(octets);
  const gathered: Gathered = { text: undefined, html: undefined, attachments: [] };
  walk(header, body, gathered, { blank, depth });
  const addresses = (name: string): ReturnType<typeof parseAddresses> => parseAddresses(header.get(name));
  const from = addresses('from')[0] ?? blank.from;
  const at = Date.parse(header.get('date') ?? '');
  const content: LetterBody =
    gathered.html === undefined
      ? { contentType: 'text', content: gathered.text ?? '' }
      : { contentType: 'html', content: gathered.html };
  return {
    ...blank,
    subject: decodeWords(header.get('subject') ?? ''),
    from,
    sender: addresses('sender')[0] ?? from,
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    replyTo: addresses('reply-to'),
    internetMessageId: header.get('message-id') ?? blank.internetMessageId,
    sentAt: depth > 0 && !Number.isNaN(at) ? at : blank.sentAt,
    headers: lines,
    body: () => content,
    attachments: gathered.attachments,
  };
}

function splitEntity(octets: Buffer): { header: Header; lines: [string, string][]; body: Buffer } {
  const crlf = octets.indexOf('\r\n\r\n');
  const lf = octets.indexOf('\n\n');
  const isLf = crlf < 0 || (lf >= 0 && lf < crlf);
  const end = isLf ? lf : crlf;
  if (end < 0) return { ...parseHeader(octets.toString('latin1')), body: Buffer.alloc(0) };
  return { ...parseHeader(octets.toString('latin1', 0, end)), body: octets.subarray(end + (isLf ? 2 : 4)) };
}

function walk(
  header: Header,
  body: Buffer,
  into: Gathered,
  around: { readonly blank: Letter; readonly depth: number },
): void {
  const type = parseParameters(header.get('content-type') ?? 'text/plain');
  const boundary = type.parameters.get('boundary');
  if (around.depth > DEEPEST) return;
  if (type.value.startsWith('multipart/') && boundary !== undefined) {
    for (const part of splitParts(body, boundary)) {
      const entity = splitEntity(part);
      walk(entity.header, entity.body, into, { ...around, depth: around.depth + 1 });
    }
    return;
  }
  const disposition = parseParameters(header.get('content-disposition') ?? '');
  const name = disposition.parameters.get('filename') ?? type.parameters.get('name');
  const content = decodeTransfer(body, header.get('content-transfer-encoding'));
  const isBody = name === undefined && disposition.value !== 'attachment';
  if (isBody && type.value === 'text/plain' && into.text === undefined) into.text = decoded(content, type.parameters);
  else if (isBody && type.value === 'text/html' && into.html === undefined)
    into.html = decoded(content, type.parameters);
  else into.attachments.push(attachmentIn(header, type.value, name, content, around, into.attachments.length + 1));
}

const decoded = (content: Buffer, parameters: ReadonlyMap<string, string>): string =>
  decodeText(content, parameters.get('charset') ?? 'utf-8');

function attachmentIn(
  header: Header,
  contentType: string,
  name: string | undefined,
  content: Buffer,
  around: { readonly blank: Letter; readonly depth: number },
  number: number,
): Attachment {
  if (contentType === 'message/rfc822') {
    const letter = parseMime(content, around.blank, around.depth + 1);
    return { kind: 'item', number, name: name ?? letter.subject, contentType, isInline: false, letter };
  }
  const contentId = header.get('content-id')?.replace(/^<|>$/g, '') ?? null;
  const isInline = header.get('content-disposition')?.toLowerCase().startsWith('inline') ?? false;
  return {
    kind: 'file',
    number,
    name: name ?? 'attachment',
    contentType,
    isInline,
    contentId,
    content: new GivenBytes(content),
  };
}

/** The parts between delimiters; the last one may lack its closing delimiter. */
function splitParts(body: Buffer, boundary: string): Buffer[] {
  const text = body.toString('latin1');
  const parts = text
    .split(new RegExp(`(?:^|\\r?\\n)--${boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=--|[ \\t]*\\r?\\n)`))
    .slice(1);
  return parts
    .filter((part) => !part.startsWith('--'))
    .map((part) => Buffer.from(part.replace(/^[ \t]*\r?\n/, ''), 'latin1'));
}

function decodeTransfer(body: Buffer, encoding: string | undefined): Buffer {
  switch (encoding?.toLowerCase()) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64');
    case 'quoted-printable':
      return decodeQuoted(body.toString('latin1'));
    default:
      return body;
  }
}
