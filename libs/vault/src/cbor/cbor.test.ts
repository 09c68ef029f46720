import { describe, expect, it } from '@jest/globals';
import * as cborg from 'cborg';
import fc from 'fast-check';
import type { CborValue } from '../item-record.js';
import { decodeCbor } from './decode-cbor.js';
import { encodeCbor } from './encode-cbor.js';
import { plainValue } from './open-map.js';

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }).filter((value) => value > 2n ** 53n || value < -(2n ** 53n)),
  fc.string({ unit: 'binary' }),
  fc.constant('\uFEFFbom'),
  fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
);
const anyValue = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value')),
    fc
      .dictionary(fc.string({ unit: 'binary' }), tie('value'))
      .map((object) => Object.fromEntries(Object.entries(object))),
    fc
      .uniqueArray(fc.tuple(fc.maxSafeInteger(), tie('value')), { selector: ([key]) => key, minLength: 1 })
      .map((entries) => new Map<number | string, CborValue>(entries)),
  ),
})).value;

describe('CBOR', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(anyValue, (value) => expect(plainValue(decodeCbor(encodeCbor(value), 'test'))).toEqual(value)),
    );
  });

  it('writes the bytes of RFC 8949 4.2.1 with 64-bit floats, as an independent encoder does', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const independent = cborg.encode(value, { ...cborg.rfc8949EncodeOptions, float64: true });
        expect(Buffer.from(encodeCbor(value)).toString('hex')).toBe(Buffer.from(independent).toString('hex'));
      }),
    );
  });

  it('accepts no other bytes: what it reads, it would write', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), mutated()), (bytes) => {
        let value;
        try {
          value = decodeCbor(bytes, 'test');
        } catch (error) {
          expect(error).toMatchObject({ code: 'VAULT_OBJECT_INVALID' });
          return;
        }
        expect(Buffer.from(encodeCbor(value))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['1801', 'integers and lengths take their shortest form'],
    ['1b0000000000000001', 'integers and lengths take their shortest form'],
    ['9f01ff', 'indefinite lengths and reserved forms are not allowed'],
    ['c101', 'tags are not allowed'],
    ['a201000100', 'keys of a map are sorted by their encoded bytes and come once'],
    ['a202000100', 'keys of a map are sorted by their encoded bytes and come once'],
    ['a1f500', 'keys are integers or text'],
    ['fb3ff0000000000000', 'integers are not written as floats'],
    ['f93e00', 'of the simple values only false, true, null and 64-bit floats are allowed'],
    ['fb7ff8000000000000', 'numbers are finite'],
    ['f7', 'of the simple values only false, true, null and 64-bit floats are allowed'],
    ['61ff', 'text has to be valid UTF-8'],
    ['62', 'the CBOR item is cut short'],
    ['9affffffff', 'the CBOR item is cut short'],
    ['0000', 'bytes follow the end of the CBOR item'],
    ['81'.repeat(70) + '00', 'maps and arrays may nest 64 deep'],
  ])('refuses %s by name of the rule', (hex, rule) => {
    expect(() => decodeCbor(Buffer.from(hex, 'hex'), 'test')).toThrow(
      expect.objectContaining({
        code: 'VAULT_OBJECT_INVALID',
        details: expect.objectContaining({ context: { object: 'test', rule } }),
      }),
    );
  });

  it('keeps a key named __proto__', () => {
    const value = JSON.parse('{"__proto__":{"a":1}}') as CborValue;
    expect(Object.keys(plainValue(decodeCbor(encodeCbor(value), 'test')) as object)).toEqual(['__proto__']);
  });

  it('leaves out undefined properties and mends unpaired surrogates', () => {
    const written = encodeCbor({ a: undefined, b: '\ud800' } as unknown as CborValue);
    expect(plainValue(decodeCbor(written, 'test'))).toEqual({ b: '\ufffd' });
  });
});

function mutated() {
  return fc.tuple(anyValue, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([value, at, byte]) => {
    const bytes = Uint8Array.from(encodeCbor(value));
    bytes[at % bytes.length] = byte;
    return bytes;
  });
}
