import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileWrites } from './file-writes.js';

const at = new Date('2026-02-03T04:05:06Z');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* inPieces(...pieces: readonly string[]) {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function* broken() {
  yield Buffer.from('the first half');
  throw new Error('the second half is lost');
}

describe('FileWrites', () => {
  it.each([
    ['in one piece', () => Buffer.from('whole')],
    ['in one large piece', () => Buffer.alloc(2 * 1024 * 1024, 'large')],
    ['in pieces', () => inPieces('in', ' ', 'pieces')],
    ['with nothing in it', () => inPieces()],
  ])('writes a file that comes %s, with its time, beside one of its name', async (kind, content) => {
    const files = new FileWrites();
    const name = `${kind}.eml`;
    const first = await files.write({ folder, name, at }, content());
    const second = await files.write({ folder, name, at }, content());
    expect([first, second]).toEqual([join(folder, name), join(folder, `${kind} (2).eml`)]);
    const whole = content();
    const bytes = Buffer.concat(whole instanceof Uint8Array ? [whole] : await Array.fromAsync(whole));
    for (const path of [first, second]) {
      expect((await readFile(path)).equals(bytes)).toBe(true);
      expect((await stat(path)).mtime).toEqual(at);
    }
  });

  it('lets others have their turn while many files are written side by side', async () => {
    const files = new FileWrites();
    const names = Array.from({ length: 64 }, (_, at) => `many ${at}.eml`);
    const queue = names.values();
    let written = 0;
    let seen = -1;
    setImmediate(() => (seen = written));
    const work = async () => {
      for (const name of queue) {
        await files.write({ folder, name, at }, Buffer.from(name));
        written += 1;
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(written).toBe(names.length);
    expect(seen).toBeGreaterThan(-1);
    expect(seen).toBeLessThan(names.length / 2);
  });

  it('leaves nothing of a file that breaks off', async () => {
    const before = await readdir(folder);
    const writing = new FileWrites().write({ folder, name: 'half.docx', at }, broken());
    await expect(writing).rejects.toThrow('the second half is lost');
    expect(await readdir(folder)).toEqual(before);
  });

  it('tells that a folder is not there, whatever comes', async () => {
    const missing = { folder: join(folder, 'missing'), name: 'a', at };
    await expect(new FileWrites().write(missing, Buffer.from('a'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(new FileWrites().write(missing, inPieces('a'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
