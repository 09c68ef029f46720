import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { folderError } from './folder-errors.js';

/** Bytes that are read at once: each read is a turn of a thread of the pool, whose waking costs more than copying so much. */
const READ_BYTES = 1024 * 1024;

/**
 * The file's bytes; what goes wrong on the way is told in the destinations' words. The error is named where the stream ends, since a stream
 * around it would cost as much again as reading.
 */
export function fileStream(handle: FileHandle, range: { readonly start: number; readonly end?: number }): Readable {
  const { start, end = Infinity } = range;
  const stream = handle.createReadStream({ ...range, highWaterMark: Math.min(READ_BYTES, end - start + 1) });
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (error, done) => destroy(error, (thrown) => done(thrown ? folderError(thrown) : null));
  return stream;
}
