// Test vectors of the vault's structure: what docs/format/v1.md says between its two `structure` marks, from fixed keys and inputs.
// Other parts of the vectors' file are left as they are.
import { createHmac, hkdfSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const filled = (byte, bytes = 32) => Buffer.alloc(bytes, byte);

/** The chunk store that a reader of the vectors imitates: ids are HMACs under a fixed key. */
function chunkStore(vault, idKey) {
  const chunks = {};
  return new (class extends vault.ChunkStore {
    chunks = chunks;
    async put(_branch, plain) {
      const id = createHmac('sha256', idKey).update(plain).digest('hex');
      chunks[id] = hex(plain);
      return id;
    }
    async get(_branch, id) {
      return Buffer.from(chunks[id], 'hex');
    }
    async flush() {
      // Everything put is kept at once.
    }
  })();
}

const content = {
  bytes: 20_000,
  form: 'mime',
  sha256: filled(0x11),
  chunks: [hex(filled(0x22)), hex(filled(0x33))],
  depth: 0,
};
const message = {
  kind: 'message',
  parentId: 'AAMkInbox',
  name: 'Grüße, 東京',
  createdAt: 1_700_000_000_000,
  sortAt: 1_700_000_001_000,
  bytes: 20_000,
  changeTag: 'CQAAABYA',
  properties: { isRead: false, importance: 'normal', categories: ['Blue'], ratio: 0.5, missing: null },
  content,
  extras: { body: { bytes: 12, form: 'bytes', sha256: filled(0x44), chunks: [hex(filled(0x55))], depth: 0 } },
};

function cborVectors({ encodeCbor }) {
  const values = [0, 23, 24, -1, -500, 4_294_967_296, 9_007_199_254_740_991, 1.5, 1e300, true, null, 'ü', [1, [2]]];
  return [
    ...values.map((value) => ({ json: value, cbor: hex(encodeCbor(value)) })),
    { json: { b: 1, a: 2, aa: 3 }, cbor: hex(encodeCbor({ b: 1, a: 2, aa: 3 })) },
  ];
}

async function treeVector(vault) {
  const treeKey = filled(0x66);
  const idKey = filled(0x77);
  const store = chunkStore(vault, idKey);
  const tree = vault.MerkleTree.of({ store, treeKey }, { leafFanout: 4, innerFanout: 4 });
  const entries = Array.from({ length: 40 }, (_, n) => [
    `item-${String(n).padStart(2, '0')}`,
    hex(vault.encodeCbor(new Map([[1, n]]))),
  ]);
  async function* changes() {
    yield entries.map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value, 'hex') }));
  }
  const root = await tree.edit(undefined, changes());
  const { chunks } = store;
  return { treeKey: hex(treeKey), idKey: hex(idKey), leaf: 4, inner: 4, entries, root, chunks };
}

async function snapshotVector(vault) {
  const keys = {
    cipher: 'aes-256-gcm',
    indexKey: filled(1),
    ring: [{ keyId: hex(filled(0x0f, 16)), meta: filled(2) }],
  };
  const vaultKey = vault.SigningKey.fromSeed(filled(3));
  const taskKey = vault.SigningKey.fromSeed(filled(4));
  const scope = {
    tenant: '11111111-1111-4111-8111-111111111111',
    vault: '22222222-2222-4222-8222-222222222222',
    set: '33333333-3333-4333-8333-333333333333',
    resource: 'mail.user-1',
    epoch: 4,
    generation: 1,
  };
  const validity = { publicKey: taskKey.publicKey, notAfter: 1_700_000_900_000 };
  const header = {
    ...scope,
    job: '44444444-4444-4444-8444-444444444444',
    number: 2,
    parent: hex(filled(0xcd)),
    jobStartedAt: 1_700_000_000_000,
    startedAt: 1_700_000_100_000,
    finishedAt: 1_700_000_200_000,
    timeZone: 'Europe/Berlin',
    newPacks: [hex(filled(0xaa)), hex(filled(0xbb))],
    certificate: vault.issueTaskCertificate({ ...scope, ...validity }, vaultKey),
  };
  const empty = { folders: undefined, cursors: undefined, owed: undefined, log: undefined };
  const items = { id: hex(filled(0xee)), level: 2, entries: 400 };
  const body = { items, ...empty, ledger: vault.emptyLedger };
  const salt = new Uint8Array(hkdfSync('sha256', filled(9), new Uint8Array(0), 'salt', 16));
  const object = vault.sealSnapshot({ header, body }, keys, taskKey, () => salt);
  const chain = vault.opaqueResourceId(scope.tenant, scope.set, scope.resource, keys.indexKey);
  return {
    indexKey: hex(keys.indexKey),
    metaBranchKey: hex(keys.ring[0].meta),
    vaultPublicKey: hex(vaultKey.publicKey),
    header: { ...header, certificate: hex(header.certificate) },
    items,
    object: hex(object),
    id: vault.snapshotIdOf(object),
    name: vault.snapshotObjectName(chain, header.generation, header.number),
  };
}

function noteVectors(vault) {
  const salt = new Uint8Array(hkdfSync('sha256', filled(9), new Uint8Array(0), 'note salt', 16));
  const cipher = 'aes-256-gcm';
  const of = {
    tenant: '11111111-1111-4111-8111-111111111111',
    vault: '22222222-2222-4222-8222-222222222222',
    set: '33333333-3333-4333-8333-333333333333',
    job: '44444444-4444-4444-8444-444444444444',
  };
  const generation = { ...of, generation: 2, signingKey: filled(5), openedAt: 1_700_000_000_000 };
  const set = { ...of, generation: 2, version: 3, definition: { displayName: 'Everybody', timeZone: 'UTC' } };
  const job = { ...of, part: 0, parts: 1, report: { kind: 'backup', state: 'completed', tasks: [] } };
  const [headerKey, indexKey] = [filled(6), filled(1)];
  const shown = (name, object, key, body) => ({ name, key: hex(key), object: hex(object), body });
  const byHeader = { cipher, key: headerKey };
  const byIndex = { cipher, key: indexKey };
  return [
    shown(
      vault.generationNoteName(2),
      vault.sealGenerationNote(generation, byHeader, () => salt),
      headerKey,
      [of.tenant, of.vault, 2, hex(filled(5)), generation.openedAt],
    ),
    shown(
      vault.setNoteName(set, indexKey),
      vault.sealSetNote(set, byIndex, () => salt),
      indexKey,
      [of.tenant, of.vault, of.set, 2, 3, set.definition],
    ),
    shown(
      vault.jobNoteName(job, indexKey),
      vault.sealJobNote(job, byIndex, () => salt),
      indexKey,
      [of.tenant, of.vault, of.job, 0, 1, job.report],
    ),
  ];
}

/** Writes the structure's vectors into docs/format/v1.vectors.json. */
export async function structureVectors(root) {
  const vault = await import(pathToFileURL(resolve(root, 'libs/vault/dist/index.js')).href);
  const path = resolve(root, 'docs/format/v1.vectors.json');
  const others = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const [folderKey] = vault.listingOf('AAMkItem', message);
  const vectors = {
    ...others,
    cbor: cborVectors(vault),
    itemRecord: {
      kind: message.kind,
      name: message.name,
      properties: message.properties,
      cbor: hex(vault.encodeItemRecord(message)),
    },
    folderKey: {
      parentId: message.parentId,
      sortAt: message.sortAt,
      itemId: 'AAMkItem',
      key: hex(vault.encodeFolderKey(folderKey)),
    },
    tree: await treeVector(vault),
    snapshot: await snapshotVector(vault),
    notes: noteVectors(vault),
  };
  writeFileSync(path, `${JSON.stringify(vectors, null, 2)}\n`);
}
