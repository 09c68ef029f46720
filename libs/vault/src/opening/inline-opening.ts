import { freeNow } from '../free-now.js';
import { ChunkOpener, type OpenerKeys } from '../packs/chunk-opener.js';
import type { ChunkOpening } from './chunk-opening.js';
import { openChunks } from './open-chunks.js';
import { openContents } from './open-contents.js';

const openers = new WeakMap<OpenerKeys, ChunkOpener>();

function openerOf(keys: OpenerKeys): ChunkOpener {
  let opener = openers.get(keys);
  if (!opener) openers.set(keys, (opener = new ChunkOpener(keys)));
  return opener;
}

/** In the calling thread: for tests, tools and small loads. */
export const inlineOpening: ChunkOpening = {
  async open(keys, stretch, chunks) {
    const opened = openChunks(openerOf(keys), stretch, chunks);
    freeNow(stretch);
    return opened;
  },
  async openContents(keys, sealed, memory) {
    return { row: sealed.row, memory, starts: openContents(openerOf(keys), sealed, memory) };
  },
};
