import { numberAt, ShortHmac } from '../short-hmac.js';
import { MAX_KEY_BYTES } from './key-packing.js';

/** How many entries a tree's nodes hold on average. Fixed per tree by the format, since every writer has to cut alike. */
export interface TreeShape {
  readonly leafFanout: number;
  readonly innerFanout: number;
}

/** Words in the hash, and so the most levels that can end a node. */
const WORDS = 8;

/** Says where nodes end, as a pure function of an entry's key. */
export interface NodeBoundary {
  /** An entry with this key is the last of its node on every level below the answer. */
  levelOf(key: Uint8Array): number;
}

/**
 * Decides where the nodes of a tree end, from an entry's key and nothing else: so the same entries make the same tree in
 * whatever order they came, and who does not have the key cannot choose keys that make a node large.
 */
export class TreeBoundary implements NodeBoundary {
  readonly #leafLimit: number;
  readonly #innerLimit: number;

  readonly #hmac: ShortHmac;

  constructor(treeKey: Uint8Array, shape: TreeShape) {
    this.#hmac = new ShortHmac(treeKey, MAX_KEY_BYTES);
    this.#leafLimit = Math.floor(2 ** 32 / shape.leafFanout);
    this.#innerLimit = Math.floor(2 ** 32 / shape.innerFanout);
  }

  levelOf(key: Uint8Array): number {
    const digest = this.#hmac.of(key);
    let level = 0;
    while (level < WORDS && numberAt(digest, level * 4, 4) < (level === 0 ? this.#leafLimit : this.#innerLimit))
      level++;
    return level;
  }
}
