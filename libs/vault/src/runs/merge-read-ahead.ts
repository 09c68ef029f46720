/** Leaves that all runs of a merge load together while none of them leads: about 16 KiB each, 40 decoded; as many again wait to be taken. */
const MERGE_LEAVES = 128;

/** Leaves that one run loads together at most: few requests, each of which a destination answers late. */
const MOST_LEAVES = 8;

/** A run is read in one go while others load fewer leaves than this between two loads of its own. */
const IN_ONE_GO = 64;

/**
 * How many leaves the runs of one merge load together. Where keys come in the order of time, as a mailbox gives them, the merge reads run
 * after run, and the one that is read loads more and more; where they come in any order, each of many runs loads few, for all are held.
 */
export class MergeReadAhead {
  readonly #least: number;
  #loaded = 0;

  constructor(runs: number) {
    this.#least = Math.max(1, Math.min(MOST_LEAVES, Math.floor(MERGE_LEAVES / runs)));
  }

  /** For one run: to be asked before each load. */
  ofRun(): () => number {
    let leaves = this.#least;
    let loadedBefore = 0;
    let loads = 0;
    return () => {
      // The first two are made at once, before anything is read.
      const isInOneGo = loads >= 2 && this.#loaded - loadedBefore <= IN_ONE_GO;
      leaves = isInOneGo ? Math.min(MOST_LEAVES, leaves * 2) : this.#least;
      loads += 1;
      this.#loaded += leaves;
      loadedBefore = this.#loaded;
      return leaves;
    };
  }
}
