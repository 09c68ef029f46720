import { createHash } from 'node:crypto';

/** A number from 0 up to below `count`, the same for the same seed and name. */
export function draw(seed: number, name: string, count: number): number {
  return createHash('sha256').update(`${seed}/${name}`).digest().readUInt32BE(0) % count;
}
