import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PREFIX } from '../golden/golden-folder.js';

/** Names of a golden vault's objects. */
async function objectsOf(place: string): Promise<string[]> {
  const root = join(place, PREFIX);
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** One object of each kind: the first of those whose names begin alike. Of packs, the first of each branch. */
export async function oneOfEachKind(place: string): Promise<string[]> {
  const chosen = new Map<string, string>();
  for (const name of await objectsOf(place)) {
    const kind = name.startsWith('packs/')
      ? `packs of branch ${await branchOf(place, name)}`
      : (name.split('/')[0] ?? '');
    if (!chosen.has(kind)) chosen.set(kind, name);
  }
  return [...chosen.values()];
}

/** The pack with the most bytes: it holds content. */
export async function largestPack(place: string): Promise<{ readonly name: string; readonly bytes: number }> {
  const names = (await objectsOf(place)).filter((name) => name.startsWith('packs/'));
  const packs = await Promise.all(
    names.map(async (name) => ({ name, bytes: (await stat(join(place, PREFIX, name))).size })),
  );
  return packs.reduce((most, pack) => (pack.bytes > most.bytes ? pack : most));
}

/** 0 data, 1 meta: byte 9 of a pack (docs/format/v1.md#packs). */
async function branchOf(place: string, pack: string): Promise<number | undefined> {
  return (await readFile(join(place, PREFIX, pack)))[9];
}

/** Copies a place into a folder, with one bit of one object turned. Where `at` is negative it counts from the object's end. */
export async function copyWithFlip(place: string, copy: string, object: string, at: number): Promise<void> {
  await cp(place, copy, { recursive: true });
  const path = join(copy, PREFIX, object);
  const bytes = await readFile(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
  await writeFile(path, bytes);
}
