/** Cuts a stream into pieces of exactly `size` bytes, the last being shorter. Each piece is one buffer of its own. */
export async function* fragments(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const piece of content) {
    for (let from = 0; from < piece.length;) {
      const taken = Math.min(size - filled, piece.length - from);
      buffer.set(piece.subarray(from, from + taken), filled);
      filled += taken;
      from += taken;
      if (filled === size) {
        yield buffer;
        buffer = Buffer.allocUnsafe(size);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
