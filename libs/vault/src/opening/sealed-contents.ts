import type { ContentRef } from '../item-record.js';
import { encodeTrailerEntries } from '../packs/trailer.js';
import type { ChunkPlace } from '../ports.js';
import type { RangePlan } from '../reader/plan-ranges.js';

/**
 * Contents that are opened together, in columns: between threads many small objects cost more than the work on them (20 µs for one with
 * two arrays).
 */
export interface SealedContents {
  /** The stretches of packs that were read, one after the other. */
  readonly row: ArrayBuffer;
  /** Every chunk once, as trailer entries whose offsets count in the row, in the order in which contents use them first. */
  readonly chunks: Uint8Array;
  /** For each content its form (0 `bytes`, 1 `mime`), its bytes, how many chunks it has and the number of each. */
  readonly contents: Float64Array;
  /** 32 bytes for each content. */
  readonly sha256s: Uint8Array;
}

/** Where the contents lie, in the order asked. */
export interface OpenedContents {
  /** As it was given. */
  readonly row: ArrayBuffer;
  /** The contents lie here. */
  readonly memory: ArrayBuffer;
  /** The first byte of each in the memory; -1 where one is not what was stored, or could not be read. */
  readonly starts: Float64Array;
}

export const FORMS = ['bytes', 'mime'] as const satisfies readonly ContentRef['form'][];
export const SHA256_BYTES = 32;

/** The columns for contents that the planned stretches hold; `row` is where those are read into. */
export function sealContents(
  contents: readonly ContentRef[],
  plans: readonly RangePlan[],
): Omit<SealedContents, 'row'> & { readonly memoryBytes: number } {
  const places = placesInRow(plans);
  const order = new Map<string, number>();
  const entries: ChunkPlace[] = [];
  const numbers: number[] = [];
  const sha256s = new Uint8Array(contents.length * SHA256_BYTES);
  let memoryBytes = 0;
  for (const [at, { form, bytes, chunks, sha256 }] of contents.entries()) {
    sha256s.set(sha256, at * SHA256_BYTES);
    numbers.push(FORMS.indexOf(form), bytes, chunks.length);
    let isOwn = true;
    for (const id of chunks) {
      let number = order.get(id);
      if (number === undefined) {
        const place = places.get(id);
        if (!place) throw new RangeError('A content was asked for of which not every chunk was planned for.');
        order.set(id, (number = entries.push(place) - 1));
        memoryBytes += place.plainBytes;
      } else isOwn = false;
      numbers.push(number);
    }
    // Any but a file all of whose chunks are used here first is put together behind the chunks.
    if (form === 'mime' || !isOwn) memoryBytes += bytes;
  }
  return { chunks: encodeTrailerEntries(entries), contents: Float64Array.from(numbers), sha256s, memoryBytes };
}

/** Where each stretch begins in the row of all. */
export function offsetsInRow(plans: readonly RangePlan[]): number[] {
  let end = 0;
  return plans.map(({ length }) => (end += length) - length);
}

function placesInRow(plans: readonly RangePlan[]): ReadonlyMap<string, ChunkPlace> {
  const offsets = offsetsInRow(plans);
  return new Map(
    plans.flatMap(({ offset, places }, at) =>
      places.map((place) => [place.chunkId, { ...place, offset: place.offset - offset + (offsets[at] ?? 0) }]),
    ),
  );
}
