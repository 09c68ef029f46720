import { createHash, type Hash } from 'node:crypto';
import { changedWhileRead, type GraphClient, type GraphRequest, Tries, unexpectedAnswer } from '@holdfast/graph';

/**
 * A message's MIME, each byte once. Exchange makes it afresh for each request and knows no ranges: after a break it is read again from
 * the start, and what was given already has to come again bit for bit, else CONFLICT.
 */
export async function* readMime(
  client: GraphClient,
  request: GraphRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const given = new Given();
  const tries = new Tries();
  for (;;) {
    try {
      const answer = await client.open(request, signal);
      if (answer.status !== 200) {
        await answer.discard();
        throw unexpectedAnswer(`a message’s MIME comes with status 200, and this came with ${answer.status}`);
      }
      const pieces = answer.pieces();
      for await (const piece of given.bytes === 0 ? pieces : afterPrefix(pieces, given.bytes, given.digest())) {
        given.add(piece);
        yield piece;
      }
      if (given.bytes === 0) throw unexpectedAnswer('a message’s MIME has a header at least, and this is empty');
      return;
    } catch (error) {
      await client.waitOrThrow(error, tries, signal);
    }
  }
}

/** Bytes up to which pieces are held as they are: most messages are smaller, and none of these is ever hashed. */
const HELD_BYTES = 256 * 1024;

/** What was given, in a form that can be compared later. */
class Given {
  bytes = 0;
  #held: Uint8Array[] = [];
  #hash: Hash | undefined;

  add(piece: Uint8Array): void {
    this.bytes += piece.length;
    if (this.#hash === undefined && this.bytes <= HELD_BYTES) this.#held.push(piece);
    else this.#hashed().update(piece);
  }

  digest(): string {
    return this.bytes === 0 ? '' : this.#hashed().copy().digest('hex');
  }

  #hashed(): Hash {
    if (this.#hash !== undefined) return this.#hash;
    this.#hash = createHash('sha256');
    for (const piece of this.#held) this.#hash.update(piece);
    this.#held = [];
    return this.#hash;
  }
}

async function* afterPrefix(
  pieces: AsyncIterable<Uint8Array>,
  prefixBytes: number,
  prefixDigest: string,
): AsyncGenerator<Uint8Array> {
  const again = createHash('sha256');
  let left = prefixBytes;
  for await (const piece of pieces) {
    const known = piece.subarray(0, left);
    again.update(known);
    left -= known.length;
    if (left === 0 && known.length > 0 && again.copy().digest('hex') !== prefixDigest) throw changedWhileRead();
    if (known.length < piece.length) yield piece.subarray(known.length);
  }
  if (left > 0) throw changedWhileRead();
}
