import { type AppError } from '@holdfast/kernel';
import { Readable } from 'node:stream';

/** The same bytes; what goes wrong on the way gets its name from `toError`. Destroying it destroys the source. */
export function namedStream(source: Readable, toError: (thrown: unknown) => AppError): Readable {
  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of source as AsyncIterable<Uint8Array>) yield piece;
    } catch (thrown) {
      throw toError(thrown);
    }
  }
  const named = Readable.from(pieces(), { objectMode: false });
  named.once('close', () => source.destroy());
  return named;
}
