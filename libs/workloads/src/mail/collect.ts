import { AppError } from '@holdfast/kernel';

/** The whole of a stream that is known to be at most `maxBytes`; more is refused. */
export async function collect(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      throw new AppError(
        'FAILED_PRECONDITION',
        `A message of more than ${maxBytes} bytes cannot be restored: Microsoft takes none.`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}
