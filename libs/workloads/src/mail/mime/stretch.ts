import type { Stretch } from './elided-mime.js';
import { transferDecode } from './transfer-decode.js';

/** The bytes of a stretch out of a message that goes by; what comes behind is not read. */
export async function* bytesOf(
  message: AsyncIterable<Uint8Array>,
  { start, end }: Stretch,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of message) {
    const from = Math.max(0, start - at);
    const to = Math.min(piece.length, end - at);
    if (from < to) yield piece.subarray(from, to);
    at += piece.length;
    if (at >= end) return;
  }
}

/** What an encoded stretch stands for, as it goes by. Quoted-printable is never long, and is held whole. */
export async function* decoded(pieces: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  if (encoding === 'base64') yield* base64Decoded(pieces);
  else if (encoding === 'quoted-printable')
    yield transferDecode(Buffer.concat(await Array.fromAsync(pieces)), encoding);
  else yield* pieces;
}

/** Four letters are three bytes; what is left of a group waits for the next piece. */
async function* base64Decoded(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = '';
  for await (const piece of pieces) {
    const letters =
      rest +
      Buffer.from(piece)
        .toString('latin1')
        .replace(/[^A-Za-z0-9+/=]/g, '');
    const whole = letters.length - (letters.length % 4);
    if (whole > 0) yield Buffer.from(letters.slice(0, whole), 'base64');
    rest = letters.slice(whole);
  }
  if (rest !== '') yield Buffer.from(rest, 'base64');
}
