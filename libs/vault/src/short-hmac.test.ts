import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { numberAt, sha256Text, ShortHmac } from './short-hmac.js';

const MOST_BYTES = 300;
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });

describe('ShortHmac', () => {
  it('is HMAC-SHA-256, whatever came before', () => {
    const keyed = fc.tuple(bytes(1, 64), fc.array(bytes(0, MOST_BYTES), { maxLength: 5 }));
    fc.assert(
      fc.property(keyed, ([key, messages]) => {
        const hmac = new ShortHmac(key, MOST_BYTES);
        for (const message of messages)
          expect(Buffer.from(hmac.of(message), 'latin1')).toEqual(createHmac('sha256', key).update(message).digest());
      }),
    );
  });
});

describe('sha256Text', () => {
  it('has the bytes of SHA-256, of which numbers are read from the highest byte down', () => {
    fc.assert(
      fc.property(bytes(0, MOST_BYTES), (message) => {
        const text = sha256Text(message);
        const digest = createHash('sha256').update(message).digest();
        expect(Buffer.from(text, 'latin1')).toEqual(digest);
        expect(numberAt(text, 0, 6)).toBe(digest.readUIntBE(0, 6));
        expect(numberAt(text, 28, 4)).toBe(digest.readUInt32BE(28));
      }),
    );
  });
});
