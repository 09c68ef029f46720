import type { AttachmentBytes } from '../content/attachment-bytes.js';
import { wrapBase64, wrapBase64Pieces } from './text-encoding.js';

/** A MIME entity (RFC 2045): header lines, each ended by CRLF, and the octets after the empty line. */
export interface Entity {
  readonly header: string;
  readonly body: Iterable<Buffer>;
}

export function* entityOctets(entity: Entity): Generator<Buffer> {
  yield Buffer.from(`${entity.header}\r\n`);
  yield* entity.body;
}

export interface MultipartOptions {
  readonly kind: string;
  readonly boundary: string;
  /** Parameters of the Content-Type behind the boundary. */
  readonly parameters?: string;
  /** Leaves out the last delimiter, as a message does that was cut on its way. */
  readonly isUnclosed?: boolean;
}

/** Several entities between delimiters (RFC 2046, 5.1). */
export function multipart(parts: readonly Entity[], options: MultipartOptions): Entity {
  const { kind, boundary, parameters = '', isUnclosed = false } = options;
  function* body(): Generator<Buffer> {
    yield Buffer.from('This is a multi-part message in MIME format.\r\n');
    for (const part of parts) {
      yield Buffer.from(`\r\n--${boundary}\r\n`);
      yield* entityOctets(part);
    }
    yield Buffer.from(isUnclosed ? '\r\n' : `\r\n--${boundary}--\r\n`);
  }
  return { header: `Content-Type: multipart/${kind};\r\n boundary="${boundary}"${parameters}\r\n`, body: body() };
}

/** Bytes of base64 text kept for attachments that recur over many messages. */
const CACHE_BYTES = 16 * 1024 * 1024;
/** Larger content is encoded piece by piece and never kept. */
const CACHED_CONTENT_BYTES = 2 * 1024 * 1024;

const cached = new Map<string, Buffer>();
let cachedBytes = 0;

/** The content as base64 lines; recurring small content is encoded once. */
export function base64Body(content: AttachmentBytes): Iterable<Buffer> {
  if (content.bytes > CACHED_CONTENT_BYTES) return wrapBase64Pieces(content.pieces());
  const known = cached.get(content.key);
  if (known) return [known];
  const text = wrapBase64(Buffer.concat([...content.pieces()]));
  cached.set(content.key, text);
  cachedBytes += text.length;
  for (const [oldest, dropped] of cached) {
    if (cachedBytes <= CACHE_BYTES) break;
    cached.delete(oldest);
    cachedBytes -= dropped.length;
  }
  return [text];
}
