import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatToken, parseToken } from './api-key-token.js';

const digits = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const secrets = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

describe('the text of an API key', () => {
  it('comes apart as it was put together', () => {
    fc.assert(
      fc.property(digits, secrets, (keyId, secret) => {
        expect(parseToken(formatToken({ keyId, secret }))).toEqual({ keyId, secret });
      }),
    );
  });

  it('is refused in any other form', () => {
    fc.assert(fc.property(fc.string(), (text) => parseToken(`hf_${text}`) === undefined));
    expect(parseToken('')).toBeUndefined();
  });
});
