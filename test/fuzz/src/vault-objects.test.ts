import {
  parseBackupSetId,
  parseChunkId,
  parseJobId,
  parsePackName,
  parseResourceId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import {
  DEFAULT_CHUNK_PARAMETERS,
  deriveVaultKeys,
  emptyLedger,
  issueTaskCertificate,
  keyIdOf,
  newRootKey,
  openSnapshot,
  openVaultHeader,
  packNameOf,
  parsePack,
  readPackContents,
  sealSnapshot,
  sealVaultHeader,
  SigningKey,
  unwrapRootKey,
  verifySnapshot,
  VaultWriter,
  wrapRootKey,
} from '@holdfast/vault';
import { MemoryVault } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { answerOrRefusal } from './answer-or-refusal.js';
import { LONGEST_LOOK_MS, damaged, fuzzRuns, someDamage } from './fuzz-runs.js';

jest.setTimeout(LONGEST_LOOK_MS);

const random = seededRandomBytes('vault objects');
const root = newRootKey(random);
const keys = deriveVaultKeys([root]);
const vaultKey = SigningKey.fromSeed(random(32));
const provider = { kind: 'provider', key: random(32) } as const;

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
}

function vaultHeader(): StoredObject {
  const header = {
    keyId: keyIdOf(root),
    cipher: 'aes-256-gcm' as const,
    chunks: DEFAULT_CHUNK_PARAMETERS,
    signingKey: vaultKey.publicKey,
    requiredFeatures: [],
    optionalFeatures: [],
    unknown: new Map(),
  };
  const bytes = sealVaultHeader(header, keys.headerKey, random);
  return { bytes, read: (object) => openVaultHeader(object, keys.headerKey) };
}

function snapshot(): StoredObject {
  const taskKey = SigningKey.fromSeed(random(32));
  const scope = {
    tenant: parseTenantId('11111111-1111-4111-8111-111111111111'),
    vault: parseVaultId('22222222-2222-4222-8222-222222222222'),
    set: parseBackupSetId('33333333-3333-4333-8333-333333333333'),
    resource: parseResourceId('mail.user-1'),
    epoch: 4,
    generation: 1,
  };
  const header = {
    ...scope,
    job: parseJobId('44444444-4444-4444-8444-444444444444'),
    number: 1,
    parent: undefined,
    jobStartedAt: 900,
    startedAt: 1000,
    finishedAt: 4000,
    timeZone: 'Europe/Berlin',
    newPacks: [parsePackName('aa'.repeat(32))],
    certificate: issueTaskCertificate({ ...scope, publicKey: taskKey.publicKey, notAfter: 5000 }, vaultKey),
  };
  const items = { id: parseChunkId('ee'.repeat(32)), level: 2, entries: 400 };
  const body = { items, folders: undefined, cursors: undefined, owed: undefined, log: undefined, ledger: emptyLedger };
  const bytes = sealSnapshot({ header, body }, keys, taskKey, random);
  return {
    bytes,
    read: (object) => {
      verifySnapshot(object, keys, new Map([[1, vaultKey.publicKey]]));
      return openSnapshot(object, keys);
    },
  };
}

async function pack(): Promise<Uint8Array> {
  const vault = new MemoryVault();
  const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random });
  await writer.writeContent([random(50_000)]);
  await writer.flush();
  const [bytes] = vault.packs.values();
  if (!bytes) throw new Error('the writer made no pack');
  return bytes;
}

const objects: Record<string, StoredObject> = {
  'vault header': vaultHeader(),
  'key object': { bytes: wrapRootKey(root, 0, provider, random), read: (object) => unwrapRootKey(object, provider) },
  snapshot: snapshot(),
};

describe('objects of a vault', () => {
  const rssBefore = process.memoryUsage().rss;
  let packBytes: Uint8Array;

  beforeAll(async () => {
    packBytes = await pack();
  });

  afterAll(() => {
    expect((process.memoryUsage().rss - rssBefore) / 2 ** 20).toBeLessThan(512);
  });

  it.each(Object.keys(objects))('a %s that is damaged in any way is refused by name', async (name) => {
    const { bytes, read } = objects[name]!;
    expect(read(bytes)).toBeDefined();
    await fc.assert(
      fc.asyncProperty(someDamage, async (damages) => {
        const bad = damaged(bytes, damages);
        fc.pre(!Buffer.from(bad).equals(bytes));
        expect(await answerOrRefusal(() => read(bad))).toHaveProperty('refusal');
      }),
      fuzzRuns(),
    );
  });

  it.each(Object.keys(objects))('bytes that are no %s are refused by name', async (name) => {
    const { read } = objects[name]!;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (bytes) => {
        expect(await answerOrRefusal(() => read(bytes))).toHaveProperty('refusal');
      }),
      fuzzRuns(),
    );
  });

  it('a damaged pack tells what it holds or is refused, and never bears its own name', async () => {
    const whole = parsePack(packBytes, keys.indexKey);
    await fc.assert(
      fc.asyncProperty(someDamage, async (damages) => {
        const bad = damaged(packBytes, damages);
        fc.pre(!Buffer.from(bad).equals(packBytes));
        expect(packNameOf(bad)).not.toBe(packNameOf(packBytes));
        const reading = await answerOrRefusal(() => parsePack(bad, keys.indexKey));
        if ('answer' in reading) expect(reading.answer).toEqual(whole);
        const byRange = await answerOrRefusal(() =>
          readPackContents(
            async (offset, length) => bad.subarray(offset, offset + length),
            bad.byteLength,
            keys.indexKey,
          ),
        );
        if ('answer' in byRange) expect(byRange.answer).toEqual(whole);
      }),
      fuzzRuns(),
    );
  });

  it('bytes that are no pack are refused by name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (bytes) => {
        expect(await answerOrRefusal(() => parsePack(bytes, keys.indexKey))).toHaveProperty('refusal');
      }),
      fuzzRuns(),
    );
  });
});
