import { AppError, type PackId } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChunkNamer } from '../chunks/chunk-id.js';
import { compressChunk } from '../chunks/compression.js';
import { newRootKey } from '../keys/root-key.js';
import { type VaultCipher, chunkIdKey, deriveVaultKeys } from '../keys/vault-keys.js';
import { ChunkOpener, openerKeys } from './chunk-opener.js';
import { PackBuilder } from './pack-builder.js';
import { packObjectName } from './pack-layout.js';
import { packNameOf, parsePack, readPackContents } from './pack-reader.js';

const random = seededRandomBytes('packs');
const root = newRootKey(random);
const keys = deriveVaultKeys([root]);
const packId = (): PackId => Buffer.from(random(16)).toString('hex') as PackId;
const plains = [
  random(5000),
  Buffer.from('text '.repeat(500)),
  new Uint8Array(0),
  random(100),
  Buffer.alloc(40_000, 7),
];

function build(with_ = keys, contents: readonly Uint8Array[] = plains) {
  const builder = new PackBuilder(with_, 'data', packId(), new Uint8Array(128 * 1024));
  const namer = new ChunkNamer(chunkIdKey(with_, 'data'));
  for (const plain of contents) builder.add(namer.nameOf(plain), compressChunk(plain, 'auto'), plain.byteLength);
  return { builder, namer, pack: builder.finish() };
}

/** Opens all chunks of a pack. */
function openAll(bytes: Uint8Array, with_ = keys): Uint8Array[] {
  const opener = new ChunkOpener(openerKeys(with_, 'data'));
  return parsePack(bytes, with_.indexKey).entries.map((entry) =>
    opener.open(entry, bytes.subarray(entry.offset, entry.offset + entry.sealedBytes)),
  );
}

describe('packs', () => {
  it.each<VaultCipher>(['aes-256-gcm', 'aes-128-gcm'])('gives back every chunk (%s)', (cipher) => {
    const with_ = deriveVaultKeys([root], cipher);
    const { pack } = build(with_);
    expect(openAll(pack.bytes, with_).map((plain) => Buffer.from(plain))).toEqual(
      plains.map((plain) => Buffer.from(plain)),
    );
    expect(pack.bytes.byteLength).toBeLessThan(8000);
  });

  it('is named by its bytes', () => {
    const { pack } = build();
    expect(pack.name).toBe(packNameOf(pack.bytes));
    expect(packObjectName(pack.name)).toBe(`packs/${pack.name.slice(0, 2)}/${pack.name}`);
  });

  it('tells what it holds in two small reads from its end', async () => {
    const { pack } = build();
    const reads: number[] = [];
    const contents = await readPackContents(
      async (offset, length) => {
        reads.push(length);
        return pack.bytes.subarray(offset, offset + length);
      },
      pack.bytes.byteLength,
      keys.indexKey,
    );
    expect(contents).toEqual(parsePack(pack.bytes, keys.indexKey));
    expect(reads).toEqual([64, 5 * 64 + 16]);
  });

  it('opens with a ring that has a newer key', () => {
    const { pack } = build();
    expect(openAll(pack.bytes, deriveVaultKeys([root, newRootKey(random)]))).toHaveLength(plains.length);
  });

  it('opens a chunk that was carried into another pack, from its birth alone', () => {
    const { pack } = build();
    const [entry] = parsePack(pack.bytes, keys.indexKey).entries;
    const sealed = Uint8Array.from(pack.bytes.subarray(entry!.offset, entry!.offset + entry!.sealedBytes));
    expect(Buffer.from(new ChunkOpener(openerKeys(keys, 'data')).open({ ...entry! }, sealed))).toEqual(
      Buffer.from(plains[0]!),
    );
  });

  it('reads back what it has sealed before it is finished', () => {
    const { builder, namer } = build();
    expect(Buffer.from(builder.read(namer.nameOf(plains[1]!))!)).toEqual(plains[1]);
    expect(builder.read(random(32))).toBeUndefined();
  });

  it('opens for no other vault', () => {
    const { pack } = build();
    const others = deriveVaultKeys([newRootKey(random)]);
    expect(() => parsePack(pack.bytes, others.indexKey)).toThrow(
      expect.objectContaining({ code: 'VAULT_OBJECT_INVALID' }),
    );
    const [entry] = parsePack(pack.bytes, keys.indexKey).entries;
    expect(() =>
      new ChunkOpener(openerKeys(others, 'data')).open(
        entry!,
        pack.bytes.subarray(entry!.offset, entry!.offset + entry!.sealedBytes),
      ),
    ).toThrow(expect.objectContaining({ code: 'CHUNK_CORRUPT' }));
  });

  it('never gives other bytes when bits are flipped', () => {
    const { pack } = build();
    fc.assert(
      fc.property(fc.nat(pack.bytes.byteLength * 8 - 1), (bit) => {
        const changed = Uint8Array.from(pack.bytes);
        changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
        expect(packNameOf(changed)).not.toBe(pack.name);
        expect(() => openAll(changed)).toThrow(AppError);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses packs that are cut, padded or made up', () => {
    const { pack } = build();
    fc.assert(
      fc.property(fc.nat(pack.bytes.byteLength - 1), fc.boolean(), (length, isHead) => {
        const cut = isHead ? pack.bytes.subarray(0, length) : pack.bytes.subarray(pack.bytes.byteLength - length);
        expect(() => openAll(cut)).toThrow(AppError);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) =>
        expect(() => parsePack(bytes, keys.indexKey)).toThrow(AppError),
      ),
    );
    expect(() => parsePack(Buffer.concat([pack.bytes, Buffer.alloc(1)]), keys.indexKey)).toThrow(AppError);
  });
});
