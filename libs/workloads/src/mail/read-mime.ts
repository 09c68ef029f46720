import { createHash } from 'node:crypto';
import { changedWhileRead, type GraphClient, type GraphRequest } from '@holdfast/graph';

/**
 * A message's MIME, each byte once. Exchange makes it afresh for each request and knows no ranges: after a break it is read again from
 * the start, and what was given already has to come again bit for bit, else CONFLICT.
 */
export async function* readMime(
  client: GraphClient,
  request: GraphRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const given = createHash('sha256');
  let givenBytes = 0;
  for (let tried = 1; ; tried += 1) {
    try {
      const answer = await client.open(request, signal);
      const expected = { bytes: givenBytes, digest: given.copy().digest('hex') };
      for await (const piece of afterPrefix(answer.pieces(), expected)) {
        given.update(piece);
        givenBytes += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      await client.waitOrThrow(error, tried, signal);
    }
  }
}

interface Prefix {
  readonly bytes: number;
  readonly digest: string;
}

async function* afterPrefix(pieces: AsyncIterable<Uint8Array>, prefix: Prefix): AsyncGenerator<Uint8Array> {
  const again = createHash('sha256');
  let left = prefix.bytes;
  for await (const piece of pieces) {
    const known = piece.subarray(0, left);
    if (known.length > 0) again.update(known);
    left -= known.length;
    if (left === 0 && known.length > 0 && again.copy().digest('hex') !== prefix.digest) throw changedWhileRead();
    if (known.length < piece.length) yield piece.subarray(known.length);
  }
  if (left > 0) throw changedWhileRead();
}
