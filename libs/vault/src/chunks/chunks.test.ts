import { seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { AppError, type ChunkId } from '@holdfast/kernel';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { chunkIdOf } from './chunk-id.js';
import { checkChunkParameters } from './chunk-parameters.js';
import { type CarryBuffers, Chunker } from './chunker.js';
import { compressChunk, type CompressionLevel, decompressChunk, STORED, ZSTD } from './compression.js';
import { ContentListBuilder, decodeContentList } from './content-list.js';

const random = seededRandomBytes('chunks');
const gear = new Int32Array(random(1024).slice().buffer);
const parameters = { minBytes: 64, avgBytes: 256, maxBytes: 1024 };

class Buffers implements CarryBuffers {
  readonly taken: number[] = [];
  readonly out = new Set<Uint8Array>();

  takeBuffer(bytes: number): Uint8Array {
    const buffer = new Uint8Array(bytes);
    this.taken.push(bytes);
    this.out.add(buffer);
    return buffer;
  }

  returnBuffer(buffer: Uint8Array): void {
    this.out.delete(buffer);
  }
}

function cut(content: Uint8Array, pieces: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  const chunker = new Chunker(gear, parameters, new Buffers());
  const emit = (plain: Uint8Array): void => void chunks.push(Buffer.from(plain));
  let at = 0;
  for (const piece of pieces) chunker.write(content.subarray(at, (at += piece)), emit);
  chunker.write(content.subarray(at), emit);
  chunker.end(emit);
  return chunks;
}

describe('Chunker', () => {
  it.each([
    ['a small content', 20_000, [65_536]],
    ['one that grows', 300_000, [65_536, 262_144, 1_048_576]],
  ])('carries %s in buffers that fit it, and gives each back once', (_, length, taken) => {
    const large = { minBytes: 512 * 1024, avgBytes: 768 * 1024, maxBytes: 1024 * 1024 };
    const buffers = new Buffers();
    const chunker = new Chunker(gear, large, buffers);
    const content = random(length);
    const chunks: Uint8Array[] = [];
    const emit = (plain: Uint8Array, owned?: Uint8Array): void => {
      chunks.push(Uint8Array.from(plain));
      if (owned) buffers.returnBuffer(owned);
    };
    for (let at = 0; at < length; at += 7000) chunker.write(content.subarray(at, at + 7000), emit);
    chunker.end(emit);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect(buffers.taken).toEqual(taken);
    expect(buffers.out.size).toBe(0);
  });

  it('cuts the same content at the same places however it is written', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.array(fc.nat(3000), { maxLength: 30 }), (length, pieces) => {
        const content = random(length);
        const whole = cut(content, []);
        expect(cut(content, pieces)).toEqual(whole);
        expect(Buffer.concat(whole).equals(content)).toBe(true);
        for (const chunk of whole.slice(0, -1)) expect(chunk.byteLength).toBeGreaterThan(parameters.minBytes);
        for (const chunk of whole) expect(chunk.byteLength).toBeLessThanOrEqual(parameters.maxBytes);
      }),
    );
  });

  it('finds its places again behind an insertion', () => {
    const content = random(50_000);
    const known = new Set(cut(content, []).map((chunk) => chunk.toString('hex')));
    const edited = Buffer.concat([content.subarray(0, 20_000), Buffer.from('new'), content.subarray(20_000)]);
    const fresh = cut(edited, []).filter((chunk) => !known.has(chunk.toString('hex')));
    expect(fresh.length).toBeLessThan(20);
  });

  it('cuts near the middle size', () => {
    const lengths = cut(random(1_000_000), []).map((chunk) => chunk.byteLength);
    expect(1_000_000 / lengths.length).toBeGreaterThan(200);
    expect(1_000_000 / lengths.length).toBeLessThan(400);
  });

  it.each([
    { minBytes: 10, avgBytes: 256, maxBytes: 1024 },
    { minBytes: 64, avgBytes: 300, maxBytes: 1024 },
    { minBytes: 256, avgBytes: 256, maxBytes: 1024 },
    { minBytes: 64, avgBytes: 256, maxBytes: 256 },
    { minBytes: 64, avgBytes: 256, maxBytes: 9 * 1024 * 1024 },
    { minBytes: 64.5, avgBytes: 256, maxBytes: 1024 },
  ])('is not made with %j', (sizes) => {
    expect(checkChunkParameters(sizes)).toEqual(expect.any(String));
    expect(checkChunkParameters(parameters)).toBeUndefined();
  });
});

/** A payload as a reader gets it. */
function sealedOf(plain: Uint8Array, level: CompressionLevel): { form: number; payload: Buffer } {
  const { form, pieces } = compressChunk(plain, level);
  const sealed = Buffer.concat(pieces);
  expect(sealed[0]).toBe(form);
  return { form, payload: sealed.subarray(1) };
}

describe('compression', () => {
  it('gives back what it was given, at every level', () => {
    const plain = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.string({ maxLength: 2000 }).map((text) => Buffer.from(text.repeat(3))),
      fc.nat(10_000).map((length) => random(length)),
    );
    fc.assert(
      fc.property(
        plain,
        fc.constantFrom('none' as const, 'fast' as const, 'normal' as const, 'auto' as const),
        (bytes, level) => {
          const { form, payload } = sealedOf(bytes, level);
          expect(payload.byteLength).toBeLessThanOrEqual(bytes.byteLength);
          expect(Buffer.from(decompressChunk(form, payload, bytes.byteLength)).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  it('does not try what is compressed already, but finds text among it', () => {
    const noise = random(100_000);
    expect(compressChunk(noise, 'auto').form).toBe(STORED);
    expect(compressChunk(Buffer.from(noise).fill('some text ', 30_000, 60_000), 'auto').form).toBe(ZSTD);
    expect(compressChunk(Buffer.from(Buffer.from(noise).toString('base64')), 'auto').form).toBe(ZSTD);
  });

  it('never inflates to more than was promised', () => {
    const { form, payload } = sealedOf(Buffer.alloc(5_000_000), 'fast');
    for (const promised of [0, 1, 1000, 4_999_999, 5_000_001, 2 ** 32])
      expect(() => decompressChunk(form, payload, promised)).toThrow(
        expect.objectContaining({ code: 'CHUNK_CORRUPT' }),
      );
  });

  it('refuses payloads that are damaged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(3), (payload, form) => {
        fc.pre(form !== STORED || payload.byteLength !== 100);
        expect(() => decompressChunk(form, payload, 100)).toThrow(AppError);
      }),
    );
  });
});

describe('content lists', () => {
  const idOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

  /** All chunks below a list, in order, and the bytes that the lists say lie beneath. */
  function read(
    lists: ReadonlyMap<ChunkId, Uint8Array>,
    id: ChunkId,
    depth: number,
  ): { ids: ChunkId[]; bytes: number } {
    if (depth === 0) return { ids: [id], bytes: 0 };
    const entries = decodeContentList(lists.get(id)!);
    const below = entries.map((entry) => read(lists, entry.id, depth - 1));
    if (depth > 1) expect(entries.map(({ bytes }) => bytes)).toEqual(below.map(({ bytes }) => bytes));
    return { ids: below.flatMap(({ ids }) => ids), bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  it.each([0, 1, 64, 65, 4096, 4097, 30_000])('lists %d chunks in order', (count) => {
    const lists = new Map<ChunkId, Uint8Array>();
    const builder = new ContentListBuilder((plain) => {
      const id = idOf(plain);
      lists.set(chunkIdOf(id), plain);
      return id;
    });
    const ids = Array.from({ length: count }, (_, i) => idOf(Buffer.from(`${i}`)));
    for (const [i, id] of ids.entries()) builder.add(id, i);
    const { chunks, depth } = builder.finish();
    expect(depth > 0).toBe(count > 64);
    const found = chunks.map((id) => read(lists, chunkIdOf(id), depth));
    expect(found.flatMap((part) => part.ids)).toEqual(ids.map(chunkIdOf));
    if (depth > 0) expect(found[0]!.bytes).toBe((count * (count - 1)) / 2);
  });

  it('refuses lists that no writer makes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        if (bytes.byteLength > 0 && bytes.byteLength % 40 === 0) return;
        expect(() => decodeContentList(bytes)).toThrow(expect.objectContaining({ code: 'VAULT_OBJECT_INVALID' }));
      }),
    );
    expect(() => decodeContentList(Buffer.alloc(40, 0xff))).toThrow(AppError);
    expect(() => decodeContentList(Buffer.alloc(4097 * 40))).toThrow(AppError);
  });
});
