import { createHash } from 'node:crypto';

/** Everything that is left to chance in a seed: the same answer for the same seed and name, whatever was asked before. */
export class Dice {
  constructor(readonly seed: number) {}

  /** A number from 0 up to below `count`. */
  below(name: string, count: number): number {
    return createHash('sha256').update(`${this.seed}/${name}`).digest().readUInt32BE(0) % count;
  }

  oneIn(name: string, count: number): boolean {
    return this.below(name, count) === 0;
  }

  /** One of a list that is not empty. */
  pick<T>(name: string, [first, ...others]: readonly [T, ...T[]]): T {
    const at = this.below(name, others.length + 1);
    return others[at - 1] ?? first;
  }
}
