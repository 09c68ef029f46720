import type { FinishedStream, Section, StreamForm } from './messages.js';

// Between threads, many small objects cost more than the work on them: cloning one with two arrays takes some 20 µs, a
// batch has fifty of them. They cross as columns of numbers.

const FORMS = ['bytes', 'mime', 'data', 'meta'] as const satisfies readonly StreamForm[];
const THENS = ['more', 'end', 'abandon'] as const satisfies readonly Section['then'][];
const SECTION_NUMBERS = 5;
const STREAM_NUMBERS = 9;
const SHA256_BYTES = 32;

/** Finished streams, in order: nine numbers each, and all their hashes and chunk ids one after the other. */
export interface PackedStreams {
  readonly numbers: Float64Array;
  /** For each stream its SHA-256 and then the ids of its chunks. */
  readonly ids: Uint8Array;
}

export function packSections(sections: readonly Section[]): Float64Array {
  const packed = new Float64Array(sections.length * SECTION_NUMBERS);
  let at = 0;
  for (const { stream, form, from, to, then } of sections) {
    packed[at++] = stream;
    packed[at++] = FORMS.indexOf(form);
    packed[at++] = from;
    packed[at++] = to;
    packed[at++] = THENS.indexOf(then);
  }
  return packed;
}

/** Reverses {@link packSections}. */
export function unpackSections(packed: Float64Array): Section[] {
  const sections: Section[] = [];
  for (let at = 0; at < packed.length; at += SECTION_NUMBERS) {
    const number = (place: number): number => packed[at + place] ?? 0;
    sections.push({
      stream: number(0),
      form: FORMS[number(1)] ?? 'bytes',
      from: number(2),
      to: number(3),
      then: THENS[number(4)] ?? 'more',
    });
  }
  return sections;
}

export function packStreams(streams: readonly FinishedStream[]): PackedStreams {
  const numbers = new Float64Array(streams.length * STREAM_NUMBERS);
  const ids = new Uint8Array(streams.reduce((sum, { chunks }) => sum + SHA256_BYTES + chunks.byteLength, 0));
  let at = 0;
  let end = 0;
  for (const { stream, depth, sha256, chunks, stats } of streams) {
    const { originalBytes, chunks: count, newChunks, newBytes, storedBytes, dedupedBytes } = stats;
    numbers.set(
      [stream, depth, chunks.byteLength, originalBytes, count, newChunks, newBytes, storedBytes, dedupedBytes],
      at,
    );
    at += STREAM_NUMBERS;
    ids.set(sha256, end);
    ids.set(chunks, end + SHA256_BYTES);
    end += SHA256_BYTES + chunks.byteLength;
  }
  return { numbers, ids };
}

/** Reverses {@link packStreams}; the hashes and ids are views. */
export function unpackStreams({ numbers, ids }: PackedStreams): FinishedStream[] {
  const streams: FinishedStream[] = [];
  let end = 0;
  for (let at = 0; at < numbers.length; at += STREAM_NUMBERS) {
    const number = (place: number): number => numbers[at + place] ?? 0;
    const idsAt = end + SHA256_BYTES;
    streams.push({
      stream: number(0),
      depth: number(1),
      sha256: ids.subarray(end, idsAt),
      chunks: ids.subarray(idsAt, idsAt + number(2)),
      stats: {
        originalBytes: number(3),
        chunks: number(4),
        newChunks: number(5),
        newBytes: number(6),
        storedBytes: number(7),
        dedupedBytes: number(8),
      },
    });
    end = idsAt + number(2);
  }
  return streams;
}
