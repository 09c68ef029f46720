import { parseFidelity, runDemo, type RunningSystem } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

export const SEED = 5;
const SIZE = { seed: SEED, users: 3, messages: 15, files: 8, isJson: true, isKept: false };
const WITHIN_MS = 240_000;

/** The main job, which every edition has to do. */
export function itDoesTheMainJob(start: () => Promise<RunningSystem>): void {
  it(
    'backs a tenant up, backs up what changed, and restores what an attacker destroyed',
    async () => {
      const fidelity = parseFidelity(await readFile(resolve(import.meta.dirname, '../../../docs/fidelity.md'), 'utf8'));
      const system = await start();
      try {
        const demo = { system, options: SIZE, clock: new SystemClock(), say: () => undefined };
        const { steps, verdict } = await runDemo(demo, fidelity);
        expect(verdict.undeclared).toEqual([]);
        expect(steps.map(({ items }) => items > 0)).toEqual(steps.map(() => true));
      } finally {
        await system.close();
      }
    },
    WITHIN_MS,
  );
}
