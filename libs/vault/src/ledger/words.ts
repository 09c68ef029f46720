import type { ItemRecord } from '../item-record.js';
import { hexOf } from '../octets.js';
import { numberAt, sha256Text } from '../short-hmac.js';

/** The last word on an item in one task: as it is now, gone, or still there and unchanged. */
export type Word = ItemRecord | 'gone' | 'seen';

/** How many items a task has spoken of, and a sum over the last word on each: the same whatever the order and the repeats. */
export interface WordSum {
  readonly items: number;
  /** Below 2^48. */
  readonly sum: number;
}

const MODULUS = 2 ** 48;

/**
 * Books of words. Two that were kept at two places of an item's way agree, or an item, an update or a removal was lost, doubled or
 * mixed up between them. Constant memory: whoever says a word tells what the task had said of the item before.
 */
export class Words implements WordSum {
  #items: number;
  #sum: number;

  constructor({ items, sum }: WordSum = { items: 0, sum: 0 }) {
    this.#items = items;
    this.#sum = sum;
  }

  get items(): number {
    return this.#items;
  }

  get sum(): number {
    return this.#sum;
  }

  /** `seen` adds nothing to what was said before. */
  say(id: string, word: Word, previous: Word | undefined): void {
    if (previous !== undefined && word === 'seen') return;
    if (previous === undefined) this.#items += 1;
    else this.#sum = (this.#sum - weightOf(id, previous) + MODULUS) % MODULUS;
    this.#sum = (this.#sum + weightOf(id, word)) % MODULUS;
  }

  /** Whether the other books say the same. */
  agreesWith({ items, sum }: WordSum): boolean {
    return this.#items === items && this.#sum === sum;
  }
}

function weightOf(id: string, word: Word): number {
  const text = typeof word === 'string' ? word : JSON.stringify(gist(word));
  return numberAt(sha256Text(`${id}\0${text}`), 0, 6);
}

/** What tells one state of an item from another. */
function gist({ kind, parentId, name, bytes, changeTag, contentTag, content, leftOut }: ItemRecord): unknown {
  const sha256 = content && hexOf(content.sha256);
  return [kind, parentId, name, bytes, changeTag, contentTag, sha256, leftOut?.cause];
}
