// Test vectors of the vault's bytes: what docs/format/v1.md says between the marks `bytes` and `structure`, from fixed keys and inputs.
// Other parts of the vectors' file are left as they are.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** Bytes that anybody can make again: SHA-256 of the name and a 4-byte counter, block after block. */
function stream(name, bytes) {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, i) => {
    const count = Buffer.alloc(4);
    count.writeUInt32LE(i);
    return createHash('sha256').update(name).update(count).digest();
  });
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** Chance for a writer of vectors: the next bytes of one stream. */
function chance(name) {
  const source = stream(name, 64 * 1024);
  let at = 0;
  return (bytes) => source.subarray(at, (at += bytes));
}

function keyVectors(vault, roots) {
  const keys = vault.deriveVaultKeys(roots);
  const [first, second] = keys.ring;
  const ring = [first, second].map(({ keyId, data, meta }) => ({ keyId, data: hex(data), meta: hex(meta) }));
  const { indexKey, headerKey, treeKey, dataIdKey, metaIdKey, gear } = keys;
  const fixed = Object.entries({ indexKey, headerKey, treeKey, dataIdKey, metaIdKey, gear });
  return {
    roots: roots.map(hex),
    texts: roots.map(vault.formatRootKey),
    ...Object.fromEntries(fixed.map(([name, key]) => [name, hex(key)])),
    ring,
  };
}

function keyObjectVectors(vault, root) {
  const secrets = [
    { kind: 'open' },
    { kind: 'provider', key: stream('provider', 32) },
    { kind: 'recovery', key: stream('recovery', 32) },
    { kind: 'passphrase', passphrase: 'Ärger über 東京' },
  ];
  return secrets.map((secret) => {
    const object = vault.wrapRootKey(root, 1, secret, chance(`wrap ${secret.kind}`));
    const shown = secret.key ? { ...secret, key: hex(secret.key) } : secret;
    return { ...shown, object: hex(object), name: vault.keyWrapObjectName(object) };
  });
}

const chunks = { minBytes: 256, avgBytes: 1024, maxBytes: 4096 };

function headerVector(vault, keys) {
  const header = {
    keyId: keys.ring[0].keyId,
    cipher: 'aes-256-gcm',
    chunks,
    signingKey: stream('signing key', 32),
    requiredFeatures: [],
    optionalFeatures: ['colour'],
    unknown: new Map([[99, 'later']]),
  };
  return {
    chunks,
    signingKey: hex(header.signingKey),
    object: hex(vault.sealVaultHeader(header, keys.headerKey, chance('header'))),
  };
}

/** A destination and an index that keep everything. */
function memory(vault) {
  const packs = [];
  const places = new Map();
  return {
    packs,
    places,
    lookup: new (class extends vault.ChunkLookup {
      findMissing = async (ids) => new Set(ids.filter((id) => !places.has(id)));
    })(),
    sink: new (class extends vault.PackSink {
      async put(pack) {
        packs.push({ ...pack, bytes: Buffer.from(pack.bytes) });
        for (const entry of pack.entries) places.set(entry.chunkId, { ...entry, pack: pack.name, branch: pack.branch });
      }
    })(),
    source: new (class extends vault.ChunkSource {
      locate = async (ids) => new Map(ids.map((id) => [id, places.get(id)]));
      readRange = async (name, offset, length) =>
        packs.find((pack) => pack.name === name).bytes.subarray(offset, offset + length);
    })(),
  };
}

function message() {
  const file = stream('attachment', 3000);
  const lines = file.toString('base64').replaceAll(/(.{76})(?=.)/g, '$1\r\n');
  return [
    'Subject: the vector',
    'Content-Type: multipart/mixed; boundary="=_b"',
    '',
    '--=_b',
    'Content-Type: text/plain',
    '',
    'Hello.',
    '--=_b',
    'Content-Transfer-Encoding: base64',
    '',
    lines,
    '--=_b--',
    '',
  ].join('\r\n');
}

const shownRef = ({ sha256, ...ref }) => ({ ...ref, sha256: hex(sha256) });
const shownPack = ({ name, branch, bytes, entries }) => ({ name, branch, object: hex(bytes), entries });

/** Stores what `store` writes and gives its answer, a reader, and the packs. */
async function stored(vault, keys, name, store) {
  const { lookup, sink, source, packs } = memory(vault);
  const writer = new vault.VaultWriter({ keys, lookup, sink, random: chance(name), chunks, level: 'normal' });
  const answer = await store(writer);
  await writer.flush();
  writer.close();
  return { ...answer, reader: new vault.VaultReader({ keys, source }), packs };
}

async function cuttingVectors(vault, keys) {
  const { cut, list, reader } = await stored(vault, keys, 'cut', async (writer) => ({
    cut: (await writer.writeContent([stream('cutting', 20_000)])).ref,
    list: (await writer.writeContent([stream('list', 100_000)])).ref,
  }));
  const lengths = await Promise.all(cut.chunks.map(async (id) => (await reader.readChunk('data', id)).length));
  return {
    cutting: { stream: 'cutting', bytes: 20_000, chunks, lengths, ids: cut.chunks },
    contentList: {
      stream: 'list',
      bytes: 100_000,
      ref: shownRef(list),
      list: hex(await reader.readChunk('meta', list.chunks[0])),
    },
  };
}

async function packVectors(vault, keys) {
  const { mail, text, packs } = await stored(vault, keys, 'pack', async (writer) => ({
    mail: (await writer.writeMail([Buffer.from(message())])).ref,
    text: (await writer.writeContent([Buffer.from('all work and no play '.repeat(12))])).ref,
    node: await writer.put('meta', Buffer.from('a chunk of the metadata branch')),
  }));
  return {
    mail: { message: message(), ref: shownRef(mail), attachment: { stream: 'attachment', bytes: 3000 } },
    pack: { text: shownRef(text), objects: packs.map(shownPack) },
  };
}

/** Writes the vectors of keys, chunks, mail and packs into docs/format/v1.vectors.json. */
export async function byteVectors(root) {
  const vault = await import(pathToFileURL(resolve(root, 'libs/vault/dist/index.js')).href);
  const path = resolve(root, 'docs/format/v1.vectors.json');
  const others = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const roots = ['first root key', 'second root key'].map((name) => vault.rootKeyFromBytes(stream(name, 32)));
  const keys = vault.deriveVaultKeys(roots);
  const vectors = {
    ...others,
    keys: keyVectors(vault, roots),
    keyObjects: keyObjectVectors(vault, roots[1]),
    header: headerVector(vault, keys),
    ...(await cuttingVectors(vault, keys)),
    ...(await packVectors(vault, keys)),
  };
  writeFileSync(path, `${JSON.stringify(vectors, null, 2)}\n`);
}
