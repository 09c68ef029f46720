import type { IncomingMessage } from 'node:http';
import { ApiError } from '../api-error.js';

/** The bytes of a request, wherever they come from. */
export interface BodySource {
  /** As announced; undefined when chunked. */
  readonly contentLength: number | undefined;
  /** Bytes read so far. */
  readonly bytesRead: number;
  stream(): AsyncIterable<Uint8Array>;
}

export class HttpBody implements BodySource {
  readonly contentLength: number | undefined;
  bytesRead = 0;

  constructor(private readonly message: IncomingMessage) {
    const announced = message.headers['content-length'];
    const isChunked = message.headers['transfer-encoding'] !== undefined;
    this.contentLength = announced === undefined ? (isChunked ? undefined : 0) : Number(announced);
  }

  async *stream(): AsyncIterable<Uint8Array> {
    for await (const chunk of this.message as AsyncIterable<Buffer>) {
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }
}

/** A body that is already here: a member of a batch. */
export class ReadyBody implements BodySource {
  readonly contentLength: number;
  readonly bytesRead: number;

  constructor(private readonly bytes: Buffer) {
    this.contentLength = bytes.length;
    this.bytesRead = bytes.length;
  }

  async *stream(): AsyncIterable<Uint8Array> {
    if (this.bytes.length > 0) yield this.bytes;
  }
}

/** The whole body; 413 when it is larger than `maxBytes`. */
export async function readAll(source: BodySource, maxBytes: number): Promise<Buffer> {
  if (source.contentLength === 0) return Buffer.alloc(0);
  if ((source.contentLength ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source.stream()) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(
    413,
    'RequestEntityTooLarge',
    `The request body is larger than the ${maxBytes} bytes that this call takes.`,
  );
}
