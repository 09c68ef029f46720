import { isAppError } from '@holdfast/kernel';
import { hash } from 'node:crypto';
import { assembleMailInto } from '../mail/mail-assembler.js';
import type { ChunkOpener } from '../packs/chunk-opener.js';
import { decodeTrailerEntries } from '../packs/trailer.js';
import type { TrailerEntry } from '../ports.js';
import { FORMS, type SealedContents, SHA256_BYTES } from './sealed-contents.js';

/**
 * Opens every chunk once, each against its id, and makes the contents of them, each against its SHA-256. In `memory` lie the chunks, one
 * after the other, and behind them what is put together; a content whose chunks lie together stays where they are.
 * @returns where each content begins, -1 where one is not sound
 */
export function openContents(opener: ChunkOpener, sealed: SealedContents, memory: ArrayBuffer): Float64Array {
  const { contents, sha256s } = sealed;
  const chunks = openAll(opener, sealed, memory);
  const starts = new Float64Array(sha256s.byteLength / SHA256_BYTES);
  let free = chunks.at(-1)?.end ?? 0;
  let at = 0;
  for (let content = 0; content < starts.length; content += 1) {
    const [form = 0, bytes = 0, count = 0] = contents.subarray(at, (at += 3));
    const own = Array.from(contents.subarray(at, (at += count)), (chunk) => chunks[chunk]);
    const start = own.every(isSound) ? putTogether(own, { form, bytes, memory, free }) : -1;
    const isProven =
      start >= 0 &&
      hash('sha256', new Uint8Array(memory, start, bytes), 'buffer').equals(
        sha256s.subarray(content * SHA256_BYTES, (content + 1) * SHA256_BYTES),
      );
    starts[content] = isProven ? start : -1;
    if (start >= free) free = start + bytes;
  }
  return starts;
}

/** A chunk's bytes in the memory. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface OpenedChunk extends Span {
  readonly isSound: boolean;
}

const isSound = (chunk: OpenedChunk | undefined): chunk is OpenedChunk => chunk?.isSound === true;

function openAll(opener: ChunkOpener, { row, chunks }: SealedContents, memory: ArrayBuffer): OpenedChunk[] {
  let end = 0;
  return decodeTrailerEntries(chunks).map((entry) => {
    const start = end;
    end += entry.plainBytes;
    return { start, end, isSound: opens(opener, row, entry, new Uint8Array(memory, start, entry.plainBytes)) };
  });
}

function opens(opener: ChunkOpener, row: ArrayBuffer, entry: TrailerEntry, target: Uint8Array): boolean {
  try {
    opener.open(entry, new Uint8Array(row, entry.offset, entry.sealedBytes), target);
    return true;
  } catch (error) {
    if (isAppError(error, 'CHUNK_CORRUPT')) return false;
    throw error;
  }
}

/** Where the content begins; -1 where its chunks are not what its record says. */
function putTogether(
  chunks: readonly Span[],
  to: { readonly form: number; readonly bytes: number; readonly memory: ArrayBuffer; readonly free: number },
): number {
  const { form, bytes, memory, free } = to;
  const stored = inARow(chunks, memory);
  if (FORMS[form] === 'mime') return assembles(stored, new Uint8Array(memory, free, bytes)) ? free : -1;
  if (stored.byteLength !== bytes) return -1;
  if (stored.buffer === memory) return stored.byteOffset;
  new Uint8Array(memory, free, bytes).set(stored);
  return free;
}

/** The chunks' bytes one after the other, without a copy where they lie so. */
function inARow(chunks: readonly Span[], memory: ArrayBuffer): Uint8Array {
  const first = chunks[0]?.start ?? 0;
  const isRow = chunks.every(({ start }, at) => at === 0 || start === chunks[at - 1]?.end);
  if (isRow) return new Uint8Array(memory, first, (chunks.at(-1)?.end ?? first) - first);
  return Buffer.concat(chunks.map(({ start, end }) => new Uint8Array(memory, start, end - start)));
}

function assembles(stored: Uint8Array, target: Uint8Array): boolean {
  try {
    return assembleMailInto(stored, target) === target.byteLength;
  } catch (error) {
    if (isAppError(error, 'VAULT_OBJECT_INVALID')) return false;
    throw error;
  }
}
