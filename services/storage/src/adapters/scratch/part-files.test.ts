import { describeWithServer } from '@holdfast/testkit';
import { missingSmallDisk, SmallDisk } from '@holdfast/testkit/small-disk';
import { afterEach, expect, it } from '@jest/globals';
import { mkdtemp, open, readdir, readlink, rm, truncate } from 'node:fs/promises';
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

  it('give nothing back of what somebody has cut', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scratch-'));
    closers.push(() => rm(folder, { recursive: true }));
    const files = await filled(folder);
    closers.push(() => files.close());
    await files.read(PART);
    for (const fd of await readdir('/proc/self/fd')) {
      const path = await readlink(join('/proc/self/fd', fd)).catch(() => '');
      if (path.startsWith(`${folder}/`)) await truncate(join('/proc/self/fd', fd), 0);
    }
    await expect(files.read(PART)).rejects.toThrow('holds less');
    await expect(Array.fromAsync(files.blocks(PART))).rejects.toThrow('holds less');
  });
});

it('leaves nothing behind, whoever ends it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scratch-'));
  closers.push(() => rm(folder, { recursive: true }));
  const files = await filled(folder);
  closers.push(() => files.close());
  expect(await readdir(folder)).toEqual([]);
  expect((await files.read(PART)).toString('hex', RECORD, 2 * RECORD)).toBe(record(1));
  expect(Buffer.concat(await Array.fromAsync(files.blocks(PART)))).toEqual(await files.read(PART));
});
