import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { QuickXorHash } from './quick-xor-hash.js';

const hashOf = (data: Uint8Array) => new QuickXorHash().update(data).digest();

/** The definition, byte by byte, without folding. */
function slowly(data: Uint8Array): string {
  const hash = Buffer.alloc(20);
  data.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1) {
      const at = (index * 11 + bit) % 160;
      hash[at >> 3] = hash[at >> 3]! ^ (((byte >> bit) & 1) << (at & 7));
    }
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  length.forEach((byte, index) => (hash[12 + index] = hash[12 + index]! ^ byte));
  return hash.toString('base64');
}

describe('QuickXorHash', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    ['one byte', Buffer.from([0x4a]), 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
    ['hello world', Buffer.from('hello world'), 'aCgDG9jwBhDc4Q1yawMZAAAAAAA='],
    ['100,000 × 7', Buffer.alloc(100_000, 7), '////////////////X3n+//////8='],
  ])('agrees with the published value for %s', (_name, data, expected) => {
    expect(hashOf(data)).toBe(expected);
  });

  it('agrees with its definition for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (data) => hashOf(data) === slowly(data)),
      { numRuns: 30 },
    );
  });

  it('does not care how the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 6 }), (pieces) => {
        const whole = hashOf(Buffer.concat(pieces));
        return pieces.reduce((hash, piece) => hash.update(piece), new QuickXorHash()).digest() === whole;
      }),
    );
  });
});
