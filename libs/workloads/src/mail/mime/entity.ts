import { HeaderFields, type StructuredField } from './header-fields.js';
import { transferDecode } from './transfer-decode.js';

/** A message or a part of one, lying in a buffer (RFC 2045, RFC 2046). */
export interface Entity {
  readonly header: HeaderFields;
  /** The header as it stands, without the empty line behind it. */
  readonly headerBytes: Buffer;
  /** The body as it stands, still encoded. */
  readonly body: Buffer;
  readonly contentType: StructuredField;
  /** In lower case; `7bit` when nothing is said. */
  readonly encoding: string;
  /** The parts of a multipart; empty for all else. */
  readonly parts: readonly Entity[];
}

const MAX_DEPTH = 40;
const MAX_PARTS = 2_000;

/** Takes a message apart. Nothing is refused: what no rule covers becomes text. */
export function parseEntity(bytes: Buffer, depth = 0): Entity {
  const { headerEnd, bodyStart } = headerEndOf(bytes);
  const headerBytes = bytes.subarray(0, headerEnd);
  const header = new HeaderFields(headerBytes);
  const contentType = header.structured('content-type');
  const boundary = contentType.parameter('boundary');
  const body = bytes.subarray(bodyStart);
  const isMultipart = contentType.value.startsWith('multipart/') && boundary !== undefined && depth < MAX_DEPTH;
  return {
    header,
    headerBytes,
    body,
    contentType,
    encoding:
      header
        .first('content-transfer-encoding')
        ?.replace(/\(.*\)/g, '')
        .trim()
        .toLowerCase() ?? '7bit',
    parts: isMultipart ? partsOf(body, boundary).map((part) => parseEntity(part, depth + 1)) : [],
  };
}

/** The bytes that an entity without parts stands for. */
export function contentOf(entity: Entity): Buffer {
  return transferDecode(entity.body, entity.encoding);
}

function headerEndOf(bytes: Buffer): { headerEnd: number; bodyStart: number } {
  for (let lineStart = 0; lineStart < bytes.length;) {
    const lineEnd = bytes.indexOf(0x0a, lineStart);
    if (lineEnd < 0) break;
    const isEmpty = lineEnd === lineStart || (lineEnd === lineStart + 1 && bytes[lineStart] === 0x0d);
    if (isEmpty) return { headerEnd: lineStart, bodyStart: lineEnd + 1 };
    lineStart = lineEnd + 1;
  }
  return { headerEnd: bytes.length, bodyStart: bytes.length };
}

/** The stretches between delimiter lines. The line break before a delimiter belongs to it; a missing last one is forgiven. */
function partsOf(body: Buffer, boundary: string): Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const parts: Buffer[] = [];
  let partStart = -1;
  for (let at = body.indexOf(delimiter); at >= 0 && parts.length < MAX_PARTS; at = body.indexOf(delimiter, at + 1)) {
    const line = delimiterLine(body, at, delimiter.length);
    if (line === undefined) continue;
    if (partStart >= 0) parts.push(body.subarray(partStart, Math.max(partStart, withoutBreak(body, at))));
    partStart = line.isLast ? -1 : line.end;
    if (line.isLast) return parts;
  }
  if (partStart >= 0) parts.push(body.subarray(partStart));
  return parts;
}

function delimiterLine(body: Buffer, at: number, length: number): { end: number; isLast: boolean } | undefined {
  if (at > 0 && body[at - 1] !== 0x0a) return undefined;
  const lineEnd = body.indexOf(0x0a, at);
  const end = lineEnd < 0 ? body.length : lineEnd + 1;
  const rest = body.toString('latin1', at + length, end);
  return /^(--)?[ \t]*\r?\n?$/.test(rest) ? { end, isLast: rest.startsWith('--') } : undefined;
}

function withoutBreak(body: Buffer, at: number): number {
  if (body[at - 1] !== 0x0a) return at;
  return body[at - 2] === 0x0d ? at - 2 : at - 1;
}
