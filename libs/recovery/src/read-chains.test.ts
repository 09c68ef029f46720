import {
  parseBackupSetId,
  parseJobId,
  parsePackName,
  parseResourceId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import {
  deriveVaultKeys,
  emptyLedger,
  issueTaskCertificate,
  newRootKey,
  opaqueResourceId,
  sealSnapshot,
  SigningKey,
  snapshotObjectName,
} from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FoundVault } from './find-vaults.js';
import type { PackCatalogue } from './pack-catalogue.js';
import { readChains } from './read-chains.js';

const random = (bytes: number) => randomBytes(bytes);
const keys = deriveVaultKeys([newRootKey(random)]);
const vaultKey = SigningKey.fromSeed(Buffer.from(random(32)));
const scope = {
  tenant: parseTenantId('11111111-1111-4111-8111-111111111111'),
  vault: parseVaultId('22222222-2222-4222-8222-222222222222'),
  set: parseBackupSetId('33333333-3333-4333-8333-333333333333'),
  resource: parseResourceId('mail.ann'),
  epoch: 1,
  generation: 1,
};
const chain = opaqueResourceId(scope.tenant, scope.set, scope.resource, keys.indexKey);
const nothing = { items: undefined, folders: undefined, cursors: undefined, owed: undefined, log: undefined };

/** A destination with snapshots by their numbers, each with the day of its job. */
function vaultOf(days: Readonly<Record<number, number>>, packs: Readonly<Record<number, string>> = {}): FoundVault {
  const objects = new Map<string, Uint8Array>();
  for (const [number, day] of Object.entries(days)) {
    const task = SigningKey.fromSeed(Buffer.from(random(32)));
    const certificate = issueTaskCertificate({ ...scope, publicKey: task.publicKey, notAfter: 1_000 }, vaultKey);
    const times = { jobStartedAt: day, startedAt: day, finishedAt: day, timeZone: 'UTC' };
    const place = { job: parseJobId(randomUUID()), number: Number(number), parent: undefined };
    const header = {
      ...scope,
      ...place,
      ...times,
      newPacks: packs[Number(number)] ? [parsePackName(packs[Number(number)] ?? '')] : [],
      certificate,
    };
    const sealed = sealSnapshot({ header, body: { ...nothing, ledger: emptyLedger } }, keys, task, random);
    objects.set(snapshotObjectName(chain, 1, Number(number)), sealed);
  }
  const destination = {
    list: async function* () {
      for (const [name, { byteLength: bytes }] of objects) yield { name, bytes };
    },
    get: async (name: string) => Readable.from([objects.get(name)]),
  };
  return { destination, keys, signingKeys: new Map([[1, vaultKey.publicKey]]) } as unknown as FoundVault;
}

const catalogue = { hasPack: () => true } as unknown as PackCatalogue;
const dayOf = async (days: Readonly<Record<number, number>>, asOf?: number) =>
  (await readChains(vaultOf(days), catalogue, asOf)).chains[0]?.header.jobStartedAt;

describe('readChains', () => {
  it('tells the newest state, and that as of a day', async () => {
    expect([await dayOf({ 1: 1, 2: 2, 3: 3 }), await dayOf({ 1: 1, 2: 2, 3: 3 }, 2)]).toEqual([3, 2]);
  });

  it('tells the newest state where the chain was being made anew when everything was lost', async () => {
    // A deletion of items has made the states of the first two days anew, and not yet come to the others.
    const days = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 1, 6: 2 };
    expect([await dayOf(days), await dayOf(days, 4), await dayOf(days, 2)]).toEqual([4, 4, 2]);
  });

  const gone = 'ab'.repeat(32);
  it.each([
    ['was followed by a whole one, though its packs were moved', { 1: 1, 2: 2, 3: 3 }, { 2: gone }, 2, 2],
    ['was followed by a whole copy of an older one', { 1: 1, 2: 2, 3: 3, 4: 1 }, { 3: gone }, undefined, 3],
    ['is whole, where the last stored one is not', { 1: 1, 2: 2, 3: 3 }, { 3: gone }, undefined, 2],
    ['is of the latest job, where the clock was set back since', { 1: 1, 2: 5, 3: 4 }, {}, undefined, 5],
  ])('tells the newest state that %s', async (_, days, packs, asOf, expected) => {
    const lacking = { hasPack: (pack: string) => pack !== gone } as unknown as PackCatalogue;
    const { chains } = await readChains(vaultOf(days, packs), lacking, asOf);
    expect(chains[0]?.header.jobStartedAt).toBe(expected);
  });
});
