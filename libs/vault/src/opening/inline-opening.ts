import { ChunkOpener, type OpenerKeys } from '../packs/chunk-opener.js';
import type { ChunkOpening } from './chunk-opening.js';
import { openChunks } from './open-chunks.js';

const openers = new WeakMap<OpenerKeys, ChunkOpener>();

/** In the calling thread: for tests, tools and small loads. */
export const inlineOpening: ChunkOpening = {
  async open(keys, stretch, chunks) {
    let opener = openers.get(keys);
    if (!opener) openers.set(keys, (opener = new ChunkOpener(keys)));
    return openChunks(opener, stretch, chunks);
  },
};
