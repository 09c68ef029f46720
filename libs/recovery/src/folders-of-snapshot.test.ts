import type { ItemRecord } from '@holdfast/vault';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FoldersOfSnapshot } from './folders-of-snapshot.js';

let target = '';
beforeEach(async () => {
  target = join(await mkdtemp(join(tmpdir(), 'holdfast-folders-')), 'user');
});
afterEach(() => rm(join(target, '..'), { recursive: true }));

const TOP = { kind: 'drive-root', name: 'root', properties: {} } as unknown as ItemRecord;

const below = (parentId: string, name = 'x') =>
  ({ kind: 'mail-folder', name, parentId, properties: {} }) as unknown as ItemRecord;

function foldersOf(records: Readonly<Record<string, ItemRecord>>) {
  return new FoldersOfSnapshot(target, async (id) => records[id]);
}

describe('FoldersOfSnapshot', () => {
  it('keeps folders apart whose names are one to the file system, and what lies below them', async () => {
    const folders = foldersOf({
      top: TOP,
      colon: below('top', 'Plans: 2026'),
      star: below('top', 'Plans* 2026'),
      good: below('top', 'Plans_ 2026'),
      inColon: below('colon', 'Old'),
      inStar: below('star', 'Old'),
    });
    const inEach = ['colon', 'inColon', 'star', 'inStar', 'good', 'colon', 'inStar'];
    const paths: string[] = [];
    for (const id of inEach) paths.push(await folders.above(below(id)));
    expect(paths.map((path) => path.slice(target.length + 1))).toEqual([
      'Plans_ 2026',
      'Plans_ 2026/Old',
      'Plans_ 2026 (2)',
      'Plans_ 2026 (2)/Old',
      'Plans_ 2026 (3)',
      'Plans_ 2026',
      'Plans_ 2026 (2)/Old',
    ]);
  });

  it('makes a folder once, however many ask for it at the same time', async () => {
    const folders = foldersOf({ top: TOP, a: below('top', 'A'), b: below('a', 'B') });
    const paths = await Promise.all(Array.from({ length: 20 }, (_, at) => folders.above(below(at % 2 ? 'a' : 'b'))));
    expect(new Set(paths)).toEqual(new Set([join(target, 'A'), join(target, 'A', 'B')]));
    expect(await readdir(target)).toEqual(['A']);
  });

  it('makes a folder beside a file of its name', async () => {
    const folders = foldersOf({ top: TOP, report: below('top', 'Report.eml') });
    await writeFile(join(await folders.above(below('top')), 'Report.eml'), 'a message');
    expect(await folders.above(below('report'))).toBe(join(target, 'Report (2).eml'));
  });

  it('ends a path where the snapshot lacks a parent, and where parents go in a circle', async () => {
    const folders = foldersOf({ lost: below('nowhere', 'Lost'), a: below('b', 'A'), b: below('a', 'B') });
    expect(await folders.above(below('lost'))).toBe(join(target, 'Lost'));
    expect(await folders.above(below('a'))).toBe(join(target, 'B', 'A'));
  });
});
