import { decodeAscii } from '../octets.js';

/** What a header block says about the body that follows it. */
export type PartKind =
  | { readonly kind: 'multipart'; readonly boundary: string }
  | { readonly kind: 'message' }
  | { readonly kind: 'base64' }
  | { readonly kind: 'other' };

/** RFC 2046 allows 70 characters; some writers use more. */
const MAX_BOUNDARY_CHARS = 200;
const OTHER: PartKind = { kind: 'other' };

/** The value of a header field, unfolded; undefined when the block has none. */
function fieldOf(block: string, name: RegExp): string | undefined {
  const found = name.exec(block);
  if (!found) return undefined;
  const start = found.index + found[0].length;
  const end = /\n(?![ \t])/.exec(block.slice(start));
  return block.slice(start, end ? start + end.index : undefined).replace(/\r?\n[ \t]/g, ' ');
}

const CONTENT_TYPE = /(?:^|\n)content-type[ \t]*:/i;
const TRANSFER_ENCODING = /(?:^|\n)content-transfer-encoding[ \t]*:/i;

function boundaryOf(contentType: string): string | undefined {
  const found = /;[\s]*boundary[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(contentType);
  const boundary = found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2];
  if (!boundary || boundary.length > MAX_BOUNDARY_CHARS || /[\r\n]/.test(boundary)) return undefined;
  return boundary;
}

/** Reads the header block of a message or part. It only steers how the body is stored, so a wrong guess costs space, never bytes. */
export function readPartHeader(block: Uint8Array): PartKind {
  const text = decodeAscii(block);
  const contentType = fieldOf(text, CONTENT_TYPE)?.trim() ?? '';
  const encoding = fieldOf(text, TRANSFER_ENCODING)?.trim().toLowerCase() ?? '';
  if (encoding.startsWith('base64')) return { kind: 'base64' };
  if (/^multipart\//i.test(contentType)) {
    const boundary = boundaryOf(contentType);
    return boundary === undefined ? OTHER : { kind: 'multipart', boundary };
  }
  return /^message\/(?:rfc822|global)\b/i.test(contentType) ? { kind: 'message' } : OTHER;
}
