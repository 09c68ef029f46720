import { argon2Sync, createDecipheriv, createHash, createHmac, hkdfSync, type CipherGCMTypes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as cborg from 'cborg';

/*
 * A stranger's reader: written from docs/format/v1.md, with none of the vault's code, and held against the test vectors. The
 * vectors themselves are made by scripts/vault-byte-vectors.mjs.
 */
type Hexes<Name extends string> = Readonly<Record<Name, string>>;
interface Ref {
  readonly bytes: number;
  readonly sha256: string;
  readonly chunks: readonly string[];
  readonly depth: number;
}
interface Vectors {
  readonly keys: Hexes<'indexKey' | 'headerKey' | 'treeKey' | 'dataIdKey' | 'metaIdKey' | 'gear'> & {
    readonly roots: readonly string[];
    readonly texts: readonly string[];
    readonly ring: readonly Hexes<'keyId' | 'data' | 'meta'>[];
  };
  readonly keyObjects: readonly (Hexes<'kind' | 'object' | 'name'> & { key?: string; passphrase?: string })[];
  readonly header: { readonly chunks: Sizes } & Hexes<'signingKey' | 'object'>;
  readonly cutting: { stream: string; bytes: number; chunks: Sizes; lengths: number[]; ids: string[] };
  readonly contentList: { stream: string; bytes: number; ref: Ref; list: string };
  readonly mail: { message: string; ref: Ref; attachment: { stream: string; bytes: number } };
  readonly pack: { text: Ref; objects: readonly (Hexes<'name' | 'branch' | 'object'> & { entries: object[] })[] };
}
interface Sizes {
  readonly minBytes: number;
  readonly avgBytes: number;
  readonly maxBytes: number;
}

const path = new URL('../../../docs/format/v1.vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const hkdf = (key: Uint8Array, salt: Uint8Array, info: string, length: number) =>
  Buffer.from(hkdfSync('sha256', key, salt, `holdfast/v1/${info}`, length));
const NONE = Buffer.alloc(0);

function open(cipher: CipherGCMTypes, key: Uint8Array, nonce: Uint8Array, data: Uint8Array, sealed: Buffer): Buffer {
  const decipher = createDecipheriv(cipher, key, nonce);
  decipher.setAAD(data);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

function stream(name: string, length: number): Buffer {
  const block = (i: number) => {
    const count = Buffer.alloc(4);
    count.writeUInt32LE(i);
    return createHash('sha256').update(name).update(count).digest();
  };
  return Buffer.concat(Array.from({ length: Math.ceil(length / 32) }, (_, i) => block(i))).subarray(0, length);
}

/** Section *Chunks*, word for word. */
function cut(content: Buffer, { minBytes, avgBytes, maxBytes }: Sizes): Buffer[] {
  const gear = bytes(vectors.keys.gear);
  const b = Math.log2(avgBytes);
  const chunks: Buffer[] = [];
  for (let start = 0; start < content.length;) {
    let f = 0;
    let end = Math.min(content.length, start + maxBytes);
    for (let at = start + minBytes; at < end; at++) {
      f = (2 * f + gear.readUInt32LE(content[at]! * 4)) % 2 ** 32;
      const bits = at - start < avgBytes ? b + 2 : b - 2;
      if (f < 2 ** (32 - bits)) end = at + 1;
    }
    chunks.push(content.subarray(start, end));
    start = end;
  }
  return chunks;
}

/** Every chunk of a pack by its id. */
function openPack(object: Buffer): Map<string, Buffer> {
  const footer = object.subarray(-64);
  const header = object.subarray(0, 48);
  expect(header.toString('latin1', 0, 8) + footer.toString('latin1', 56)).toBe('HOLDPACKHOLDPEND');
  expect(hex(footer.subarray(0, 48))).toBe(hex(header));
  const branch = header[9] === 0 ? 'data' : 'meta';
  const cipher = header[10] === 0 ? 'aes-256-gcm' : 'aes-128-gcm';
  const root = vectors.keys.ring.find(({ keyId }) => keyId === hex(header.subarray(32, 48)))!;
  const packId = header.subarray(16, 32);
  const trailerKey = hkdf(bytes(vectors.keys.indexKey), packId, 'trailer', 32);
  const sealedTrailer = object.subarray(-64 - footer.readUInt32LE(48), -64);
  const trailer = open(cipher, trailerKey, Buffer.alloc(12), header, sealedTrailer);
  const chunks = new Map<string, Buffer>();
  for (let at = 0; at < trailer.length; at += 64) {
    const entry = trailer.subarray(at, at + 64);
    const [offset, sealedBytes, plainBytes] = [32, 36, 40].map((field) => entry.readUInt32LE(field)) as [
      number,
      number,
      number,
    ];
    const key = hkdf(bytes(root[branch]), entry.subarray(44, 60), 'pack', 32);
    const nonce = Buffer.concat([entry.subarray(60, 64), Buffer.alloc(8)]);
    const opened = open(cipher, key, nonce, entry.subarray(0, 32), object.subarray(offset, offset + sealedBytes));
    const plain = opened[0] === 1 ? zstdDecompressSync(opened.subarray(1)) : opened.subarray(1);
    expect(plain.length).toBe(plainBytes);
    const idKey = branch === 'data' ? vectors.keys.dataIdKey : vectors.keys.metaIdKey;
    expect(createHmac('sha256', bytes(idKey)).update(plain).digest('hex')).toBe(hex(entry.subarray(0, 32)));
    chunks.set(hex(entry.subarray(0, 32)), plain);
  }
  return chunks;
}

function rebuild(content: Buffer): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at < content.length;) {
    const [s, t] = [content.readUInt32LE(at), content.readUInt32LE(at + 4)];
    const steps = content.subarray(at + 8, at + 8 + s);
    let literal = at + 8 + s;
    at = literal + t;
    for (let i = 0; i < steps.length;) {
      const code = steps[i++];
      const number = () => {
        let value = 0;
        for (let scale = 1; ; scale *= 128) {
          const byte = steps[i++]!;
          value += (byte % 128) * scale;
          if (byte < 128) return value;
        }
      };
      const n = number();
      if (code === 1) out.push(content.subarray(literal, (literal += n)));
      else {
        const payload = content.subarray(at, (at += n));
        if (code === 2) out.push(payload);
        else {
          const lineLength = number();
          const lineEnd = number() === 1 ? '\r\n' : '\n';
          const lines = payload.toString('base64').match(new RegExp(`.{1,${lineLength}}`, 'g'))!;
          out.push(Buffer.from(lines.join(lineEnd)));
        }
      }
    }
  }
  return Buffer.concat(out);
}

const packs = () => new Map(vectors.pack.objects.flatMap(({ object }) => [...openPack(bytes(object))]));
const contentOf = ({ chunks }: Ref) => Buffer.concat(chunks.map((id) => packs().get(id)!));

describe('the format document, read by a stranger', () => {
  it('derives the keys of a vault from its root keys', () => {
    const [first] = vectors.keys.roots.map(bytes) as [Buffer, Buffer];
    const derived = (info: string, length = 32) => hex(hkdf(first, NONE, info, length));
    expect(vectors.keys.texts.map((text) => hex(Buffer.from(text, 'base64')))).toEqual(vectors.keys.roots);
    expect(vectors.keys).toMatchObject({
      indexKey: derived('index'),
      headerKey: derived('header'),
      treeKey: derived('tree'),
      dataIdKey: derived('chunk-id/data'),
      metaIdKey: derived('chunk-id/meta'),
      gear: derived('gear', 1024),
      ring: vectors.keys.roots.map((root) => ({
        keyId: hex(hkdf(bytes(root), NONE, 'key-id', 16)),
        data: hex(hkdf(bytes(root), NONE, 'branch/data', 32)),
        meta: hex(hkdf(bytes(root), NONE, 'branch/meta', 32)),
      })),
    });
  });

  it.each(vectors.keyObjects)('opens a key object ($kind)', ({ kind, object: text, name, key, passphrase }) => {
    const object = bytes(text);
    expect(name).toBe(`keys/${vectors.keys.ring[1]!.keyId}/${kind}-${sha256(object).slice(0, 16)}`);
    const salt = object.subarray(48, 64);
    const [memory, passes, parallelism] = [64, 68, 72].map((field) => object.readUInt32LE(field)) as [
      number,
      number,
      number,
    ];
    const wrapping = () =>
      passphrase === undefined
        ? hkdf(bytes(key!), salt, `wrap/${kind}`, 32)
        : argon2Sync('argon2id', {
            message: Buffer.from(passphrase.normalize('NFC')),
            nonce: salt,
            memory,
            passes,
            parallelism,
            tagLength: 32,
          });
    const root =
      kind === 'open'
        ? object.subarray(92, 124)
        : open('aes-256-gcm', wrapping(), object.subarray(80, 92), object.subarray(0, 92), object.subarray(92));
    expect(hex(root)).toBe(vectors.keys.roots[1]);
  });

  it('opens the header', () => {
    const object = bytes(vectors.header.object);
    const fixed = object.subarray(0, 48);
    const body = open('aes-256-gcm', bytes(vectors.keys.headerKey), fixed.subarray(32, 44), fixed, object.subarray(48));
    const map = cborg.decode(body, { useMaps: true }) as Map<number, unknown>;
    const { minBytes, avgBytes, maxBytes } = vectors.header.chunks;
    expect([1, 2, 3, 4, 6, 7, 99].map((key) => map.get(key))).toEqual([
      0,
      minBytes,
      avgBytes,
      maxBytes,
      [],
      ['colour'],
      'later',
    ]);
    expect(hex(map.get(5) as Uint8Array)).toBe(vectors.header.signingKey);
  });

  it('cuts and names chunks', () => {
    const { stream: name, bytes: length, chunks, lengths, ids } = vectors.cutting;
    const pieces = cut(stream(name, length), chunks);
    expect(pieces.map((piece) => piece.length)).toEqual(lengths);
    const idOf = (piece: Buffer) => createHmac('sha256', bytes(vectors.keys.dataIdKey)).update(piece).digest('hex');
    expect(pieces.map(idOf)).toEqual(ids);
  });

  it('reads a list of chunks', () => {
    const { stream: name, bytes: length, ref, list: text } = vectors.contentList;
    const list = bytes(text);
    expect(ref).toMatchObject({
      depth: 1,
      chunks: [createHmac('sha256', bytes(vectors.keys.metaIdKey)).update(list).digest('hex')],
    });
    const pieces = cut(stream(name, length), vectors.cutting.chunks);
    expect(list.length / 40).toBe(pieces.length);
    for (const [i, piece] of pieces.entries()) expect(Number(list.readBigUInt64LE(i * 40 + 32))).toBe(piece.length);
  });

  it('reads a pack and what lies in it', () => {
    for (const { name, object } of vectors.pack.objects) expect(sha256(bytes(object))).toBe(name);
    expect(contentOf(vectors.pack.text).toString()).toBe('all work and no play '.repeat(12));
    expect(sha256(contentOf(vectors.pack.text))).toBe(vectors.pack.text.sha256);
  });

  it('rebuilds a message, whose attachment is cut like the file', () => {
    const { message, ref, attachment } = vectors.mail;
    const content = contentOf(ref);
    const rebuilt = rebuild(content);
    expect(rebuilt.toString('latin1')).toBe(message);
    expect([rebuilt.length, sha256(rebuilt)]).toEqual([ref.bytes, ref.sha256]);
    const pieces = cut(stream(attachment.stream, attachment.bytes), vectors.cutting.chunks);
    expect(ref.chunks.slice(1).map((id) => hex(packs().get(id)!))).toEqual(pieces.map(hex));
  });
});
