import { parseChunkId } from '@holdfast/kernel';
import { expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSnapshotNeeds } from './file-snapshot-needs.js';

it.each([1_000_000, 7])(
  'gives back all that it was told, the ids ascending, at most so many at once: %d',
  async (atOnce) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-needs-'));
    try {
      const needs = await FileSnapshotNeeds.open(folder, atOnce);
      const told: string[] = [];
      for (let number = 0; number < 4_000; number += 1) {
        const chunk = parseChunkId(`${number % 5 === 0 ? '77' : ''}${randomBytes(32).toString('hex')}`.slice(0, 64));
        const [snapshot, isDrop] = [number % 9, number % 3 === 0];
        if (isDrop) needs.drop(chunk, snapshot);
        else needs.add(chunk, snapshot);
        told.push(`${chunk.slice(0, 16)} ${isDrop ? ~snapshot : snapshot}`);
      }
      const given: string[] = [];
      let highest = -1n;
      for await (const { heads, marks } of needs.parts()) {
        const sorted = heads.slice().sort();
        if (sorted.length === 0) continue;
        expect(sorted[0]).toBeGreaterThan(highest);
        highest = sorted.at(-1) ?? highest;
        for (const [at, head] of heads.entries()) given.push(`${head.toString(16).padStart(16, '0')} ${marks[at]}`);
      }
      expect(given.sort()).toEqual(told.sort());
      await needs.close();
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
