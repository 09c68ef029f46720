import type { ChunkId, PackId, PackName } from '@holdfast/kernel';
import type { ChunkPlace } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { PlaceTable } from './place-table.js';

const idOf = (n: number) => createHash('sha256').update(`${n}`).digest('hex') as ChunkId;

function placeOf(n: number, pack: number): ChunkPlace {
  return {
    chunkId: idOf(n),
    pack: `${pack}`.padStart(64, '0') as PackName,
    branch: pack % 2 === 0 ? 'data' : 'meta',
    birthPackId: `${pack}`.padStart(32, '0') as PackId,
    offset: n * 1_000,
    sealedBytes: n + 17,
    plainBytes: 0xffff_fff0 + (n % 16),
    birthCounter: n,
  };
}

describe('PlaceTable', () => {
  it('gives back every place as it was, however often it grew, and knows no other chunk', () => {
    const table = new PlaceTable();
    const places = Array.from({ length: 10_000 }, (_, n) => placeOf(n, Math.floor(n / 300)));
    for (const place of places) table.set(place);
    expect(places.map(({ chunkId }) => table.get(chunkId))).toEqual(places);
    expect(table.size).toBe(10_000);
    expect(table.has(idOf(10_000))).toBe(false);
    expect(table.get(idOf(10_000))).toBeUndefined();
  });

  it('keeps the newest place of a chunk', () => {
    const table = new PlaceTable();
    for (const pack of [1, 2, 1, 3]) table.set(placeOf(7, pack));
    expect(table.get(idOf(7))).toEqual(placeOf(7, 3));
    expect(table.size).toBe(1);
  });

  it('tells ids apart that begin alike', () => {
    const table = new PlaceTable();
    const alike = { ...placeOf(1, 1), chunkId: `${idOf(1).slice(0, 62)}00` as ChunkId };
    table.set(placeOf(1, 1));
    expect(table.has(alike.chunkId)).toBe(false);
    table.set(alike);
    expect(table.get(alike.chunkId)).toEqual(alike);
    expect(table.get(idOf(1))).toEqual(placeOf(1, 1));
  });
});
