import { isMarkedAsUntransferable } from 'node:worker_threads';
import { freeNow } from '../free-now.js';
import { ChunkOpener, type OpenerKeys } from '../packs/chunk-opener.js';
import { serveCalls, type ThreadAnswer } from '../threads/thread-calls.js';
import { openChunks } from './open-chunks.js';
import { openContents } from './open-contents.js';
import type { OpenedContents } from './sealed-contents.js';
import type { OpenRequest } from './thread-opening.js';

// What a worker thread runs that opens chunks, of all vaults that its process reads.

/** Branches of vaults whose derived keys are kept at hand. */
const KEPT_OPENERS = 16;
const openers = new Map<string, ChunkOpener>();

function openerOf(keys: OpenerKeys): ChunkOpener {
  const name = [keys.idKey, ...keys.branchKeys].map((key) => Buffer.from(key).toString('base64')).join();
  const opener = openers.get(name) ?? new ChunkOpener(keys);
  openers.delete(name);
  openers.set(name, opener);
  const [oldest = name] = openers.keys();
  if (openers.size > KEPT_OPENERS) openers.delete(oldest);
  return opener;
}

/** Small Buffers share memory with others, which cannot go to another thread. */
function movable(plain: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = plain;
  const isAlone = buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer);
  return isAlone ? new Uint8Array(buffer, plain.byteOffset, plain.byteLength) : Uint8Array.from(plain);
}

serveCalls((request: OpenRequest): ThreadAnswer => {
  const opener = openerOf(request.keys);
  if ('sealed' in request) {
    const { sealed, memory } = request;
    const opened: OpenedContents = { row: sealed.row, memory, starts: openContents(opener, sealed, memory) };
    return { value: opened, moved: [opened.row, memory] };
  }
  const opened = openChunks(opener, request.stretch, request.chunks);
  freeNow(request.stretch);
  if ('corrupt' in opened) return { value: opened, moved: [] };
  const plains = opened.plains.map(movable);
  return { value: { plains }, moved: plains.map(({ buffer }) => buffer) };
});
