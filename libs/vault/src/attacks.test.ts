import { isAppError, type ChunkId, type PackName } from '@holdfast/kernel';
import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ContentRef, ItemRecord } from './item-record.js';
import { unwrapRootKey, wrapRootKey } from './keys/key-wrap.js';
import { newRootKey } from './keys/root-key.js';
import { openVaultHeader, sealVaultHeader } from './keys/vault-header.js';
import { deriveVaultKeys, type VaultKeys } from './keys/vault-keys.js';
import { FOOTER_BYTES } from './packs/pack-layout.js';
import { packNameOf, parsePack, readPackContents } from './packs/pack-reader.js';
import { VaultReader } from './reader/vault-reader.js';
import { SnapshotDraft } from './snapshots/snapshot-draft.js';
import { itemsTree } from './trees/items-tree.js';
import { VaultStore } from './vault-store.js';
import { VaultWriter } from './writer/vault-writer.js';

/** What somebody can do who holds the destination or the index, and no key: the reader gives what was written, or a refusal by name. */

const random = seededRandomBytes('attacks');
const root = newRootKey(random);
const keys = deriveVaultKeys([root]);
const otherKeys = deriveVaultKeys([newRootKey(random)]);
const chunks = { minBytes: 1024, avgBytes: 4096, maxBytes: 16_384 };

/** A vault with some contents, each in a pack of its own. */
async function filled(of: VaultKeys = keys, contents = [random(900), random(900), random(900)]) {
  const vault = new MemoryVault();
  const writer = new VaultWriter({ keys: of, lookup: vault.lookup, sink: vault.sink, random, chunks });
  const refs: ContentRef[] = [];
  for (const content of contents) {
    refs.push((await writer.writeContent([content])).ref);
    await writer.flush();
  }
  writer.close();
  const packOf = (at: number): PackName => vault.places.get(refs[at]!.chunks[0]!)!.pack;
  return { vault, refs, contents, packOf };
}

async function read(vault: MemoryVault, ref: ContentRef, of: VaultKeys = keys): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(new VaultReader({ keys: of, source: vault }).readContent(ref)));
}

const refused = (code: string, ...words: string[]) => {
  const said = words.map((word) => `(?=.*${word})`).join('');
  return expect.objectContaining({ code, message: expect.stringMatching(new RegExp(said)) });
};

describe('a wrong key', () => {
  const header = {
    keyId: keys.ring[0]!.keyId,
    cipher: 'aes-256-gcm',
    chunks,
    signingKey: random(32),
    requiredFeatures: [],
    optionalFeatures: [],
    unknown: new Map(),
  } as const;

  it('is told at the header, before anything else is read', () => {
    const object = sealVaultHeader(header, keys.headerKey, random);
    expect(() => openVaultHeader(object, otherKeys.headerKey)).toThrow(refused('KEY_WRONG', 'header'));
  });

  it('is told at the wrapped key, whoever wrapped it', () => {
    const key = random(32);
    const wraps = [
      [
        { kind: 'provider', key },
        { kind: 'provider', key: random(32) },
      ],
      [
        { kind: 'recovery', key },
        { kind: 'recovery', key: random(32) },
      ],
      [
        { kind: 'passphrase', passphrase: 'right' },
        { kind: 'passphrase', passphrase: 'wrong' },
      ],
      [
        { kind: 'provider', key },
        { kind: 'recovery', key },
      ],
    ] as const;
    for (const [right, wrong] of wraps) {
      const object = wrapRootKey(root, 0, right, random);
      expect(() => unwrapRootKey(object, wrong)).toThrow(refused('KEY_WRONG'));
      expect(unwrapRootKey(object, right).root).toEqual(root);
    }
  });

  it('reads nothing of another vault', async () => {
    const { vault, refs, packOf } = await filled();
    await expect(read(vault, refs[0]!, otherKeys)).rejects.toEqual(refused('CHUNK_CORRUPT', packOf(0)));
  });
});

describe('packs that were exchanged', () => {
  it('are refused under the name of another', async () => {
    const { vault, refs, contents, packOf } = await filled();
    vault.packs.set(packOf(0), vault.packs.get(packOf(1))!);
    expect(packNameOf(vault.packs.get(packOf(0))!)).not.toBe(packOf(0));
    await expect(read(vault, refs[0]!)).rejects.toEqual(refused('CHUNK_CORRUPT', packOf(0), refs[0]!.chunks[0]!));
    expect((await read(vault, refs[1]!)).equals(contents[1]!)).toBe(true);
  });

  it('are refused when they are another vault’s, though it holds the same content', async () => {
    const contents = [random(900)];
    const { vault, refs, packOf } = await filled(keys, contents);
    const theirs = await filled(otherKeys, contents);
    const bytes = theirs.vault.packs.get(theirs.packOf(0))!;
    vault.packs.set(packOf(0), bytes);
    await expect(read(vault, refs[0]!)).rejects.toEqual(refused('CHUNK_CORRUPT', packOf(0)));
    expect(() => parsePack(bytes, keys.indexKey)).toThrow(refused('VAULT_OBJECT_INVALID', 'pack', 'index key'));
  });

  it('are refused when they end early', async () => {
    const { vault, refs, packOf } = await filled();
    const bytes = vault.packs.get(packOf(0))!;
    vault.packs.set(packOf(0), bytes.subarray(0, 500));
    await expect(read(vault, refs[0]!)).rejects.toEqual(refused('CHUNK_CORRUPT', packOf(0)));
    await expect(
      readPackContents(
        async (offset, length) => bytes.subarray(offset, offset + length - 1),
        bytes.byteLength,
        keys.indexKey,
      ),
    ).rejects.toEqual(refused('VAULT_OBJECT_INVALID', 'pack'));
  });

  it('are refused with the trailer of another', async () => {
    const { vault, packOf } = await filled();
    const [ours, theirs] = [vault.packs.get(packOf(0))!, vault.packs.get(packOf(1))!];
    const trailerOf = (bytes: Uint8Array) => {
      const { entries } = parsePack(bytes, keys.indexKey);
      const last = entries.at(-1)!;
      return last.offset + last.sealedBytes;
    };
    const grafted = Buffer.concat([ours.subarray(0, trailerOf(ours)), theirs.subarray(trailerOf(theirs))]);
    expect(() => parsePack(grafted, keys.indexKey)).toThrow(refused('VAULT_OBJECT_INVALID', 'pack'));
    const sealedOnly = Buffer.concat([
      ours.subarray(0, trailerOf(ours)),
      theirs.subarray(trailerOf(theirs), -FOOTER_BYTES),
      ours.subarray(-FOOTER_BYTES),
    ]);
    expect(() => parsePack(sealedOnly, keys.indexKey)).toThrow(refused('VAULT_OBJECT_INVALID', 'pack', 'trailer'));
  });
});

describe('an index that lies', () => {
  it('never has other bytes taken for a content, whatever it says of places', async () => {
    const { vault, refs, contents } = await filled(keys, [random(5000), random(40_000), Buffer.alloc(9000, 1)]);
    const truth = [...vault.places];
    const places = truth.map(([, place]) => place);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(truth.length - 1), fc.nat(truth.length - 1), fc.integer({ min: 0, max: 4 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (lies) => {
          vault.places.clear();
          for (const [id, place] of truth) vault.places.set(id, place);
          for (const [at, from, what] of lies) {
            const [id, honest] = truth[at]!;
            const other = places[from]!;
            const lie = [
              { ...other, chunkId: id },
              { ...honest, offset: other.offset, sealedBytes: other.sealedBytes },
              { ...honest, birthPackId: other.birthPackId, birthCounter: other.birthCounter },
              { ...honest, plainBytes: other.plainBytes },
              { ...honest, pack: other.pack },
            ][what]!;
            vault.places.set(id, lie);
          }
          for (const [at, ref] of refs.entries()) {
            const answer = await read(vault, ref).catch((error: unknown) => error);
            if (Buffer.isBuffer(answer)) expect(answer.equals(contents[at]!)).toBe(true);
            else expect(isAppError(answer, 'CHUNK_CORRUPT') || isAppError(answer, 'CHUNK_NOT_FOUND')).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('cannot pass a chunk of one branch off as one of the other', async () => {
    const { vault, refs, packOf } = await filled();
    const reader = new VaultReader({ keys, source: vault });
    await expect(reader.readChunk('meta', refs[0]!.chunks[0]!)).rejects.toEqual(refused('CHUNK_CORRUPT', packOf(0)));
  });
});

describe('what a record says of its content', () => {
  it('is held against the bytes: another content’s chunks, length or hash are refused', async () => {
    const { vault, refs } = await filled();
    const [a, b] = [refs[0]!, refs[1]!];
    for (const lie of [
      { ...a, chunks: b.chunks },
      { ...a, bytes: a.bytes - 1 },
      { ...a, sha256: b.sha256 },
    ])
      await expect(read(vault, lie)).rejects.toEqual(refused('CHUNK_CORRUPT', 'record'));
  });
});

describe('checkpoints and trees', () => {
  const file = (n: number): ItemRecord => ({ kind: 'file', parentId: 'p', name: `n${n}`, bytes: n, properties: {} });

  function open(vault: MemoryVault) {
    const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, chunks });
    const store = new VaultStore(writer.forTask(vault.lookup), new VaultReader({ keys, source: vault }));
    return { store, treeKey: keys.treeKey };
  }

  async function drafted(chain: string, items = 900) {
    const vault = new MemoryVault();
    const draft = await SnapshotDraft.open({ context: open(vault), parent: undefined, chain, bufferBytes: 20_000 });
    for (let n = 0; n < items; n += 1) await draft.put(`${chain}-${n}`, file(n));
    const checkpoint = await draft.checkpoint({ root: 'half' });
    return { vault, checkpoint, body: await draft.finish({ root: 'all' }) };
  }

  const reopen = (vault: MemoryVault, chain: string, checkpoint: Uint8Array) =>
    SnapshotDraft.open({ context: open(vault), parent: undefined, chain, checkpoint });

  it('refuse a checkpoint of another resource', async () => {
    const { vault, checkpoint } = await drafted('set/mail.a');
    await expect(reopen(vault, 'set/mail.b', checkpoint)).rejects.toEqual(
      refused('VAULT_OBJECT_INVALID', 'checkpoint', 'chain'),
    );
    expect((await reopen(vault, 'set/mail.a', checkpoint)).isResumed).toBe(true);
  });

  it('refuse a reference that was changed, or that leads to something else of the vault', async () => {
    const { vault, checkpoint, body } = await drafted('set/mail.a');
    for (let at = 0; at < 32; at += 5) {
      const changed = Uint8Array.from(checkpoint);
      changed[at] = changed[at]! ^ 1;
      await expect(reopen(vault, 'set/mail.a', changed)).rejects.toEqual(refused('CHUNK_NOT_FOUND'));
    }
    const node = Buffer.from(body.items!.id, 'hex');
    await expect(reopen(vault, 'set/mail.a', node)).rejects.toEqual(refused('VAULT_OBJECT_INVALID', 'checkpoint'));
    await expect(reopen(vault, 'set/mail.a', checkpoint.subarray(0, 31))).rejects.toEqual(
      refused('VAULT_OBJECT_INVALID', 'checkpoint'),
    );
  });

  it('refuse a node that stands in another’s place, and one that was changed', async () => {
    const { vault, body } = await drafted('set/mail.a');
    const all = async () => (await Array.fromAsync(itemsTree(open(vault)).scan(body.items))).length;
    expect(await all()).toBe(900);
    const meta = [...vault.places.values()].filter(({ branch }) => branch === 'meta');
    const before = vault.places.get(body.items!.id)!;
    const other = meta.find(({ chunkId }) => chunkId !== body.items!.id)!;
    vault.places.set(body.items!.id, { ...other, chunkId: body.items!.id });
    await expect(all()).rejects.toEqual(refused('CHUNK_CORRUPT', body.items!.id));
    vault.places.set(body.items!.id, before);
    const pack = Uint8Array.from(vault.packs.get(before.pack)!);
    const middle = before.offset + (before.sealedBytes >> 1);
    pack[middle] = pack[middle]! ^ 1;
    vault.packs.set(before.pack, pack);
    await expect(all()).rejects.toEqual(refused('CHUNK_CORRUPT', body.items!.id, before.pack));
  });

  it('refuse a root that is not what the snapshot says of it', async () => {
    const { vault, body } = await drafted('set/mail.a');
    const { id, level, entries } = body.items!;
    const all = (tree: { id: ChunkId; level: number; entries: number }) =>
      Array.fromAsync(itemsTree(open(vault)).scan(tree));
    for (const lie of [
      { id, level, entries: entries - 1 },
      { id, level: level + 1, entries },
      { id: body.folders!.id, level: body.folders!.level, entries: entries + 1 },
    ])
      await expect(all(lie)).rejects.toEqual(refused('VAULT_OBJECT_INVALID', 'tree node'));
  });
});
