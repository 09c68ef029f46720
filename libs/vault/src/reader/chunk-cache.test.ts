import { parseChunkId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { ChunkCache } from './chunk-cache.js';

const idOf = (number: number) => parseChunkId(number.toString(16).padStart(64, '0'));
const KIB = 1024;

describe('ChunkCache', () => {
  it('keeps what was used last, within its bytes', () => {
    const cache = new ChunkCache(100 * KIB).of('vault');
    for (let number = 0; number < 10; number += 1) cache.add(idOf(number), new Uint8Array(10 * KIB).fill(number));
    expect(cache.get(idOf(0))?.[0]).toBe(0);
    cache.add(idOf(10), new Uint8Array(10 * KIB));
    expect(cache.has(idOf(0))).toBe(true);
    expect(cache.has(idOf(1))).toBe(false);
  });

  it('keeps the chunks of two vaults apart, in the bytes of one', () => {
    const cache = new ChunkCache(100 * KIB);
    const [one, other] = [cache.of('one'), cache.of('other')];
    one.add(idOf(1), new Uint8Array(20 * KIB).fill(1));
    expect(other.has(idOf(1))).toBe(false);
    for (let number = 1; number < 10; number += 1) other.add(idOf(number), new Uint8Array(20 * KIB).fill(9));
    expect(one.has(idOf(1))).toBe(false);
    expect(other.get(idOf(9))?.[0]).toBe(9);
  });

  it('keeps no more alive than it counts, wherever the chunks lay', () => {
    const cache = new ChunkCache(100 * KIB).of('vault');
    const ids = Array.from({ length: 50 }, (_, number) => idOf(number));
    // As decoders give them: small pieces of large shared buffers.
    for (const id of ids) cache.add(id, Buffer.alloc(64 * KIB, 7).subarray(100, 1_124));
    const kept = ids.map((id) => cache.get(id));
    expect(kept.every((plain) => plain?.byteLength === KIB && plain[0] === 7)).toBe(true);
    expect(
      new Set(kept.map((plain) => plain?.buffer)).values().reduce((sum, buffer) => sum + (buffer?.byteLength ?? 0), 0),
    ).toBe(50 * KIB);
  });
});
