import { createHash } from 'node:crypto';

/** How many bytes, and their SHA-256 in lower-case hexadecimal. */
export interface ObjectDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Length and hash of a body, which is read to its end. Nothing of a piece is kept when the next one is asked for. */
export async function digestOf(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<ObjectDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    hash.update(piece);
    bytes += piece.byteLength;
  }
  return { bytes, sha256: hash.digest('hex') };
}
