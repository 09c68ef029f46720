import type { Charset, TransferEncoding } from '../content/letter.js';

const CR = 13;
const LF = 10;
const EQUALS = 61;
const QUESTION_MARK = 63;
const NOT_ASCII = /[^\0-\x7f]/;
const NOT_LATIN1 = /[^\0-\xff]/;
const LINE = 76;

/** Octets of the text in the charset; what it cannot write becomes a question mark. */
export function encodeCharset(text: string, charset: Charset): Buffer {
  switch (charset) {
    case 'utf-8':
      return Buffer.from(text);
    case 'us-ascii':
      return Buffer.from(NOT_ASCII.test(text) ? text.replace(/[^\0-\x7f]/gu, '?') : text, 'latin1');
    case 'iso-8859-1':
      return Buffer.from(NOT_LATIN1.test(text) ? text.replace(/[^\0-\xff]/gu, '?') : text, 'latin1');
    case 'windows-1251':
      return windows1251(text);
  }
}

function windows1251(text: string): Buffer {
  const out = Buffer.allocUnsafe(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) out[i] = code;
    else if (code >= 0x410 && code <= 0x44f) out[i] = code - 0x410 + 0xc0;
    else if (code === 0x401) out[i] = 0xa8;
    else out[i] = code === 0x451 ? 0xb8 : QUESTION_MARK;
  }
  return out;
}

/**
 * Lines of seeded text recur over all mailboxes; encoding them again would be half the cost of a message. They are kept as text: a
 * small buffer is cut from a larger one, which it would keep alive, and text that was put together from characters keeps all of them.
 */
const KEPT_LINES = 6_144;
const keptLines = new Map<string, string>();

/** Quoted-printable (RFC 2045, 6.7) of text whose lines end in CRLF. */
export function quotedPrintable(content: Buffer): Buffer {
  const lines = content.toString('latin1').split('\r\n');
  return Buffer.from(lines.map(encodedLine).join('\r\n'), 'latin1');
}

function encodedLine(line: string): string {
  const kept = keptLines.get(line);
  if (kept !== undefined) return kept;
  const encoded = Buffer.from(encodeLine(line), 'latin1').toString('latin1');
  if (keptLines.size >= KEPT_LINES) keptLines.clear();
  keptLines.set(line, encoded);
  return encoded;
}

/** One line of octets (as characters up to 255), with soft breaks after at most 75 characters. */
function encodeLine(line: string): string {
  let text = '';
  let column = 0;
  for (let i = 0; i < line.length; i++) {
    const octet = line.charCodeAt(i);
    const isBlank = octet === 32 || octet === 9;
    const isPlain = (octet > 32 && octet < 127 && octet !== EQUALS) || (isBlank && i + 1 < line.length);
    const piece = isPlain ? line.charAt(i) : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    if (column + piece.length >= LINE) {
      text += '=\r\n';
      column = 0;
    }
    text += piece;
    column += piece.length;
  }
  return text;
}

/** Base64 in lines of 76 characters, each ended by CRLF; in memory of its own, so that keeping it keeps nothing else. */
export function wrapBase64(content: Buffer): Buffer {
  const text = Buffer.from(content.toString('base64'), 'latin1');
  const lines = Math.ceil(text.length / LINE);
  const out = Buffer.allocUnsafeSlow(text.length + lines * 2);
  let at = 0;
  for (let start = 0; start < text.length; start += LINE) {
    at += text.copy(out, at, start, start + LINE);
    out[at++] = CR;
    out[at++] = LF;
  }
  return out;
}

const BASE64_STEP = 57 * 16_384;

/** {@link wrapBase64} of content that comes in pieces; holds less than 2 MiB. */
export function* wrapBase64Pieces(pieces: Iterable<Buffer>): Generator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const whole = rest.length - (rest.length % 57);
    for (let start = 0; start < whole; start += BASE64_STEP) {
      yield wrapBase64(rest.subarray(start, Math.min(whole, start + BASE64_STEP)));
    }
    rest = rest.subarray(whole);
  }
  if (rest.length > 0) yield wrapBase64(rest);
}

/** A text body as it stands in the message. */
export function transferEncode(content: Buffer, encoding: TransferEncoding): Buffer {
  if (encoding === 'quoted-printable') return quotedPrintable(content);
  return encoding === 'base64' ? wrapBase64(content) : content;
}
