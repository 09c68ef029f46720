import { describe, expect, it } from '@jest/globals';
import { QUICK_XOR_PERIOD, QuickXorHash, quickXorHash } from './quick-xor-hash.js';

/** The definition, byte by byte (onedrive-api-docs, docs/code-snippets/quickxorhash.md). */
function slowly(data: Uint8Array): string {
  const state = Buffer.alloc(20);
  let bit = 0;
  for (const byte of data) {
    const shifted = byte << (bit & 7);
    state[bit >> 3]! ^= shifted & 255;
    state[((bit >> 3) + 1) % 20]! ^= shifted >> 8;
    bit = (bit + 11) % 160;
  }
  for (let i = 0; i < 6; i++) state[12 + i]! ^= Math.floor(data.length / 2 ** (8 * i)) & 255;
  return state.toString('base64');
}

describe('quickXorHash', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    ['one byte', Buffer.from([0x4a]), 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
    ['a sentence', Buffer.from('hello world'), 'aCgDG9jwBhDc4Q1yawMZAAAAAAA='],
    ['100,000 sevens', Buffer.alloc(100_000, 7), '////////////////X3n+//////8='],
  ])('agrees with the published vector of %s', (_name, data, hash) => {
    expect(quickXorHash(data)).toBe(hash);
  });

  it('agrees with the definition however the input is cut', () => {
    const data = Buffer.alloc(9_004).subarray(3);
    data.set(Array.from({ length: 9_001 }, (_, i) => (i * 7919 + (i >> 3)) & 255));
    for (const cut of [1, 3, 160, 1_759, 1_760, 1_763, 9_001]) {
      const hash = new QuickXorHash();
      for (let at = 0; at < data.length; at += cut) hash.update(data.subarray(at, at + cut));
      expect(hash.digest()).toBe(slowly(data));
    }
  });

  it('takes a fold that is known already in place of the bytes', () => {
    const block = Buffer.alloc(QUICK_XOR_PERIOD * 3, 'fold');
    const fold = new QuickXorHash().update(block).fold();
    const hash = new QuickXorHash().addFolded(fold, block.length).update(Buffer.from('tail'));
    expect(hash.digest()).toBe(quickXorHash(Buffer.concat([block, Buffer.from('tail')])));
  });
});
