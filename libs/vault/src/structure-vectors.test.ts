import { createDecipheriv, createHash, createHmac, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseChunkId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import * as cborg from 'cborg';
import { openSnapshot, readSnapshotName, verifySnapshot } from './index.js';

/*
 * A stranger's reader: written from docs/format/v1.md, with none of the vault's code, and held against the test vectors. The
 * vectors themselves are made by scripts/vault-structure-vectors.mjs.
 */
interface Vectors {
  readonly cbor: readonly { json: unknown; cbor: string }[];
  readonly itemRecord: { name: string; kind: string; properties: object; cbor: string };
  readonly folderKey: { parentId: string; sortAt: number; itemId: string; key: string };
  readonly tree: {
    treeKey: string;
    idKey: string;
    leaf: number;
    inner: number;
    entries: [string, string][];
    root: { id: string; level: number; entries: number };
    chunks: Record<string, string>;
  };
  readonly snapshot: Record<'indexKey' | 'metaBranchKey' | 'vaultPublicKey' | 'object' | 'id' | 'name', string> & {
    header: Record<string, unknown>;
    items: { id: string; level: number; entries: number };
  };
  readonly notes: readonly { name: string; key: string; object: string; body: unknown[] }[];
}

const path = new URL('../../../docs/format/v1.vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');
const plain = (value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries([...value].map(([key, inside]) => [key, plain(inside)])) : value;
const decode = (encoded: Uint8Array) => cborg.decode(encoded, { useMaps: true, strict: true }) as never;

describe('the format document, read by a stranger', () => {
  it('has one encoding for each value', () => {
    for (const { json, cbor } of vectors.cbor)
      expect(Buffer.from(cborg.encode(json, { ...cborg.rfc8949EncodeOptions, float64: true })).toString('hex')).toBe(
        cbor,
      );
  });

  it('keeps an item record under integer keys', () => {
    const record: Map<number, unknown> = decode(bytes(vectors.itemRecord.cbor));
    expect(record.get(1)).toBe(vectors.itemRecord.kind);
    expect(record.get(3)).toBe(vectors.itemRecord.name);
    expect(Object.fromEntries(record.get(10) as Map<string, unknown>)).toEqual(vectors.itemRecord.properties);
  });

  it('orders messages latest first', () => {
    const { parentId, sortAt, itemId, key } = vectors.folderKey;
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE((1n << 62n) - BigInt(sortAt));
    const expected = [Buffer.from(parentId), Buffer.of(0), Buffer.of(3), time, Buffer.from(itemId)];
    expect(Buffer.concat(expected).toString('hex')).toBe(key);
  });

  it('reads a tree from its chunks, and finds each node cut where the rule says', () => {
    const { tree } = vectors;
    const limit = (fanout: number) => Math.floor(2 ** 32 / fanout);
    const levelOf = (key: Buffer) => {
      const hash = createHmac('sha256', bytes(tree.treeKey)).update(key).digest();
      let level = 0;
      while (level < 8 && hash.readUInt32BE(4 * level) < limit(level === 0 ? tree.leaf : tree.inner)) level++;
      return level;
    };
    const found: [string, string][] = [];
    const read = (id: string, level: number, isRightEdge: boolean): void => {
      const chunk = bytes(tree.chunks[id]!);
      expect(createHmac('sha256', bytes(tree.idKey)).update(chunk).digest('hex')).toBe(id);
      const node: Map<number, unknown> = decode(chunk);
      expect(node.get(1)).toBe(level);
      const flat = node.get(2) as unknown[];
      const width = level === 0 ? 3 : 4;
      let key = Buffer.alloc(0);
      for (let at = 0; at < flat.length; at += width) {
        key = Buffer.concat([key.subarray(0, flat[at] as number), flat[at + 1] as Uint8Array]);
        const isLast = at + width === flat.length;
        if (!(isLast && isRightEdge)) expect(levelOf(key) > level).toBe(isLast);
        const value = Buffer.from(flat[at + 2] as Uint8Array).toString('hex');
        if (level === 0) found.push([key.toString(), value]);
        else read(value, level - 1, isRightEdge && isLast);
      }
    };
    read(tree.root.id, tree.root.level, true);
    expect(found).toEqual(tree.entries);
    expect(found).toHaveLength(tree.root.entries);
  });

  it('opens a snapshot and proves who signed it', () => {
    const { snapshot } = vectors;
    const object = bytes(snapshot.object);
    expect(createHash('sha256').update(object).digest('hex')).toBe(snapshot.id);
    const headerEnd = 56 + object.readUInt32LE(48);
    const bodyEnd = headerEnd + object.readUInt32LE(52);
    const open = (sealed: Buffer, key: string, info: string): Map<number, unknown> => {
      const derived = new Uint8Array(hkdfSync('sha256', bytes(key), object.subarray(16, 32), info, 32));
      const decipher = createDecipheriv('aes-256-gcm', derived, Buffer.alloc(12));
      decipher.setAAD(object.subarray(0, 56));
      decipher.setAuthTag(sealed.subarray(-16));
      return decode(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]));
    };
    const header = open(object.subarray(56, headerEnd), snapshot.indexKey, 'holdfast/v1/snapshot-header');
    const body = open(object.subarray(headerEnd, bodyEnd), snapshot.metaBranchKey, 'holdfast/v1/snapshot-body');
    expect(header.get(4)).toBe(snapshot.header['resource']);
    expect(header.get(8)).toBe(snapshot.header['number']);
    const [id, level, entries] = body.get(1) as [Uint8Array, number, number];
    expect({ id: Buffer.from(id).toString('hex'), level, entries }).toEqual(snapshot.items);

    const signedBy = (publicKey: Uint8Array, purpose: string, message: Uint8Array, signature: Uint8Array) => {
      const x = Buffer.from(publicKey).toString('base64url');
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      return verify(null, Buffer.concat([Buffer.from(`${purpose}\0`), message]), key, signature);
    };
    const [payload, signature] = decode(header.get(15) as Uint8Array) as [Uint8Array, Uint8Array];
    expect(signedBy(bytes(snapshot.vaultPublicKey), 'holdfast/v1/certificate', payload, signature)).toBe(true);
    const certificate: Map<number, unknown> = decode(payload);
    const taskKey = certificate.get(7) as Uint8Array;
    expect(signedBy(taskKey, 'holdfast/v1/snapshot', object.subarray(0, bodyEnd), object.subarray(bodyEnd))).toBe(true);
    for (const [inCertificate, inHeader] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 6],
      [6, 7],
    ] as const)
      expect(certificate.get(inCertificate)).toEqual(header.get(inHeader));

    const chain = ['holdfast/v1/resource', header.get(1), header.get(3), header.get(4)].join('\0');
    const opaque = createHmac('sha256', bytes(snapshot.indexKey)).update(chain).digest('hex').slice(0, 32);
    expect(snapshot.name).toBe(`snapshots/${opaque}/00000001-0000000002`);
  });

  it('knows a snapshot by its name', () => {
    expect(readSnapshotName(vectors.snapshot.name)).toMatchObject({ generation: 1, number: 2 });
    expect(readSnapshotName('snapshots/else')).toBeUndefined();
  });

  it('is what the vault itself reads', () => {
    const { object, indexKey, metaBranchKey, vaultPublicKey, items } = vectors.snapshot;
    const ring = [{ keyId: '0f'.repeat(16), meta: bytes(metaBranchKey) }];
    const keys = { cipher: 'aes-256-gcm' as const, indexKey: bytes(indexKey), ring };
    expect(openSnapshot(bytes(object), keys).body.items).toEqual({ ...items, id: parseChunkId(items.id) });
    expect(verifySnapshot(bytes(object), keys, new Map([[1, bytes(vaultPublicKey)]])).number).toBe(2);
  });

  it('opens notes under their own names', () => {
    for (const { name, key, object, body } of vectors.notes) {
      const note = bytes(object);
      expect(note.toString('latin1', 0, 8) + hex(note.subarray(8, 16))).toBe('HOLDNOTE0100000000000000');
      const noteKey = hkdfSync('sha256', bytes(key), note.subarray(16, 32), 'holdfast/v1/note', 32);
      const decipher = createDecipheriv('aes-256-gcm', Buffer.from(noteKey), Buffer.alloc(12));
      decipher.setAAD(Buffer.concat([note.subarray(0, 32), Buffer.from(name)]));
      decipher.setAuthTag(note.subarray(-16));
      const opened = Buffer.concat([decipher.update(note.subarray(32, -16)), decipher.final()]);
      const map: Map<number, unknown> = decode(opened);
      expect([...map.keys()]).toEqual(body.map((_, at) => at + 1));
      const shown = [...map.values()].map((value) => (value instanceof Uint8Array ? hex(value) : plain(value)));
      expect(shown).toEqual(body);
    }
  });
});
