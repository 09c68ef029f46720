import type { ChunkId } from '@holdfast/kernel';
import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { type CborValue, ITEM_KINDS } from '../item-record.js';
import { decodeItemRecord, encodeItemRecord } from './item-record-codec.js';
import { getValue, MAX_INLINE_BYTES, putValue } from './stored-value.js';

const instant = fc.integer({ min: -1e12, max: 4e12 });
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes));
const content = fc.record({
  bytes: fc.maxSafeNat(),
  form: fc.constantFrom('bytes' as const, 'mime' as const),
  sha256: bytes32,
  chunks: fc.array(
    bytes32.map((bytes) => Buffer.from(bytes).toString('hex') as ChunkId),
    { maxLength: 5 },
  ),
  depth: fc.nat(3),
});
const record = fc.record(
  {
    kind: fc.constantFrom(...ITEM_KINDS),
    parentId: fc.string(),
    name: fc.string({ unit: 'binary' }),
    createdAt: instant,
    modifiedAt: instant,
    sortAt: instant,
    bytes: fc.maxSafeNat(),
    changeTag: fc.string(),
    contentTag: fc.string(),
    properties: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<CborValue>, {
      noNullPrototype: true,
    }),
    content,
    extras: fc.dictionary(fc.string(), content, { noNullPrototype: true }),
    origin: fc.string(),
    leftOut: fc.record({ as: fc.constantFrom('skipped' as const, 'excluded' as const), cause: fc.string() }),
  },
  { requiredKeys: ['kind', 'name', 'bytes', 'properties'] },
);

/** JSON knows a negative zero and the format does not. */
const withoutNegativeZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('item record', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(record, (written) => {
        const { properties, ...rest } = decodeItemRecord(encodeItemRecord(written));
        const { properties: given, ...others } = written;
        expect(rest).toEqual(others);
        expect(properties).toEqual(withoutNegativeZero(given));
      }),
    );
  });

  it('keeps the fields of a later version on rewriting', () => {
    const later = new Map(
      decodeCbor(encodeItemRecord({ kind: 'file', name: 'a', bytes: 1, properties: {} }), 'test') as ReadonlyMap<
        number,
        CborValue
      >,
    );
    later.set(77, ['something', new Map([[1, 'new']])]);
    const bytes = encodeCbor(later);
    expect(Buffer.from(encodeItemRecord({ ...decodeItemRecord(bytes) }))).toEqual(Buffer.from(bytes));
  });

  it('names the field that breaks the format', () => {
    const broken = encodeCbor(
      new Map<number, CborValue>([
        [1, 'file'],
        [3, 'a'],
        [7, -1],
        [10, {}],
      ]),
    );
    expect(() => decodeItemRecord(broken)).toThrow(/bytes has to be not negative/);
  });

  it('asks for an update when it meets a kind of a later version', () => {
    const strange = encodeCbor(
      new Map<number, CborValue>([
        [1, 'hologram'],
        [3, 'a'],
        [7, 1],
        [10, {}],
      ]),
    );
    expect(() => decodeItemRecord(strange)).toThrow(expect.objectContaining({ code: 'VAULT_UNSUPPORTED' }));
  });
});

describe('stored values', () => {
  it('lie in the node while they are small and in chunks of their own when they are large', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 600_000 }), async (length) => {
        const store = new MemoryChunkStore();
        const value = encodeCbor({ text: 'x'.repeat(length) });
        const stored = await putValue(store, value);
        expect(stored.length).toBeLessThanOrEqual(MAX_INLINE_BYTES);
        expect(store.written).toBe(value.length <= MAX_INLINE_BYTES ? 0 : store.chunks.size);
        expect(Buffer.compare(await getValue(store, stored, 'test'), value)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
