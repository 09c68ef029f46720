import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TallyFile } from './tally-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tally-'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = (seed: number) => ({ seed, commit: 'aaa', hasPassed: true, items: 1, struck: new Map() });

describe('TallyFile', () => {
  it('goes on where the last slice ended', async () => {
    const path = join(folder, 'tally.json');
    for (const seeds of [
      [1, 2],
      [3, 4],
    ]) {
      const file = await TallyFile.open(path);
      for (const seed of seeds) file.add(run(seed));
      await file.saved();
    }
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      ranges: [{ from: 1, to: 4, commit: 'aaa' }],
      runs: 4,
    });
  });

  it('refuses a file that is none, and leaves it', async () => {
    const path = join(folder, 'letter.json');
    await writeFile(path, '{"dear":"you"}');
    await expect(TallyFile.open(path)).rejects.toThrow('--tally has to name a tally');
    expect(await readFile(path, 'utf8')).toBe('{"dear":"you"}');
  });
});
