import { describeWithServer } from '@holdfast/testkit';
import { missingSmallDisk, SmallDisk } from '@holdfast/testkit/small-disk';
import { afterEach, expect, it } from '@jest/globals';
import { mkdtemp, open, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PartFiles } from './part-files.js';

const PART = 7;
const RECORD = 8;
const PAGE = 4096;
/** Two pages of records. */
const RECORDS = (2 * PAGE) / RECORD;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const record = (number: number) => number.toString(16).padStart(2 * RECORD, '0');

async function filled(folder: string): Promise<PartFiles> {
  const files = await PartFiles.open(folder, RECORD);
  for (let number = 0; number < RECORDS; number += 1) files.add(PART, record(number), RECORD);
  return files;
}

describeWithServer('scratch files on a disk that becomes full', missingSmallDisk(), () => {
  it.each([0, 1])('lose no record without a word, with room for %d of 2 pages', async (pages) => {
    const disk = await SmallDisk.on(await mkdtemp(join(tmpdir(), 'scratch-')), 2);
    closers.push(() => disk.remove());
    const files = await filled(disk.path);
    closers.push(() => files.close());
    const room = await open(join(disk.path, 'room'), 'w');
    await room.write(Buffer.alloc(PAGE * Math.max(pages, 1)));
    await room.close();
    await disk.fill();
    if (pages > 0) await rm(join(disk.path, 'room'));
    await expect(files.read(PART)).rejects.toThrow('SCRATCH_FOLDER) has no room left');
    await disk.makeRoom();
    expect((await files.read(PART)).toString('hex', 0, RECORD)).toBe(record(0));
    expect((await files.read(PART)).byteLength).toBe(RECORDS * RECORD);
  });
});

it('gives nothing back of a file that somebody has cut', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scratch-'));
  closers.push(() => rm(folder, { recursive: true }));
  const files = await filled(folder);
  closers.push(() => files.close());
  await files.read(PART);
  const [own] = await readdir(folder);
  await truncate(join(folder, own!, '07'), PAGE);
  await expect(files.read(PART)).rejects.toThrow('holds less');
  await expect(Array.fromAsync(files.blocks(PART))).rejects.toThrow('holds less');
});
