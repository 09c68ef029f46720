import {
  AppError,
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  type PackName,
  type SnapshotId,
} from '@holdfast/kernel';
import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import {
  decideRetention,
  deriveVaultKeys,
  foldersTree,
  issueTaskCertificate,
  itemsTree,
  logTree,
  newRootKey,
  openSnapshot,
  sealSnapshot,
  SigningKey,
  SnapshotDraft,
  snapshotIdOf,
  verifySnapshot,
  type ItemRecord,
  type RetentionPolicy,
  type SnapshotBody,
} from '@holdfast/vault';
import { expect } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { ChainAccess, ChainSnapshot } from './chain-access.port.js';
import { ChainRenewal } from './chain-renewal.js';
import { ChainRewriting } from './chain-rewriting.js';

const keys = deriveVaultKeys([newRootKey(randomBytes)]);
const vaultKey = SigningKey.fromSeed(randomBytes(32));
const signingKeys = new Map([[1, vaultKey.publicKey]]);
const scope = {
  ...{ tenant: parseTenantId(randomUUID()), vault: parseVaultId(randomUUID()) },
  ...{ set: parseBackupSetId(randomUUID()), resource: parseResourceId('drive.ann'), epoch: 1, generation: 1 },
};
export const folder = (parentId: string): ItemRecord => ({
  kind: 'drive-folder',
  parentId,
  name: 'Secret',
  bytes: 0,
  properties: {},
});
export const file = (parentId: string, name = 'Secret.txt'): ItemRecord => ({
  ...{ kind: 'file', parentId, name, bytes: 3, properties: { note: name } },
  content: { bytes: 3, form: 'bytes', sha256: new Uint8Array(32), chunks: [], depth: 0 },
});
export const ROOT: ItemRecord = { kind: 'drive-root', name: 'root', bytes: 0, properties: {} };

export interface Stored extends ChainSnapshot {
  readonly sealed: Uint8Array;
  isReplaced: boolean;
}

export class Crash extends Error {}

/** A chain in memory, which may break off at any I/O, before it is done or before it is heard of. */
export class ChainInMemory {
  readonly context = { store: new MemoryChunkStore(), treeKey: new Uint8Array(32).fill(3) };
  readonly stored: Stored[] = [];
  #body: SnapshotBody | undefined;
  #ios = 0;
  crashAt = Infinity;
  isHeld = false;
  onCommit: (stored: Stored) => void = () => undefined;
  /** Twice for each, before it is done and before it is heard of. */
  onIo: (io: number) => void = () => undefined;

  /** A job's snapshot after these changes; undefined takes an item out. */
  async job(
    changes: Readonly<Record<string, ItemRecord | undefined>>,
    newPacks: readonly PackName[] = [],
  ): Promise<void> {
    const parent = this.stored.at(-1);
    const draft = await SnapshotDraft.open({
      context: this.context,
      parent: parent && this.#body && { id: parent.id, body: this.#body },
    });
    for (const [id, record] of Object.entries(changes)) await (record ? draft.put(id, record) : draft.remove(id));
    for (const [id, record] of Object.entries(changes))
      if (!record)
        await draft.log({ at: 1, about: 'vanished', itemId: id, code: 'gone', reason: 'Gone.', path: 'Secret' });
    this.#body = await draft.finish({});
    const at = this.stored.length + 1;
    const times = { jobStartedAt: at, startedAt: at, finishedAt: at, timeZone: 'UTC' };
    const key = SigningKey.fromSeed(randomBytes(32));
    const header = {
      ...{ ...scope, ...times, job: parseJobId(randomUUID()), number: at, parent: parent?.id, newPacks },
      certificate: this.#certify(key),
    };
    this.#keep(sealSnapshot({ header, body: this.#body }, keys, key, randomBytes));
  }

  access(): ChainAccess {
    const last = this.stored.at(-1);
    return {
      ...{ context: this.context, keys, generation: 1, head: last },
      snapshots: () => this.#io(() => this.visible()),
      open: (id) => this.#io(() => openSnapshot(this.#get(id).sealed, keys)),
      newPacks: () => [],
      flush: () => this.#io(() => undefined),
      certify: (key) => this.#io(() => this.#certify(key)),
      commit: (sealed) => this.#io(() => this.#keep(sealed)),
      note: () =>
        this.#io(() => {
          if (this.isHeld) throw new Error('A legal hold is on it.');
        }),
      replace: (snapshots, standing) =>
        this.#io(() => {
          if (!standing.every((id) => this.visible().some((one) => one.id === id)))
            throw new AppError('DEPENDENCY_UNAVAILABLE', 'Can be seen no more.');
          for (const { id } of snapshots) this.#get(id).isReplaced = true;
        }),
      close: async () => undefined,
    };
  }

  async rewrite(...itemIds: string[]) {
    const counts = { items: 0, snapshots: 0 };
    const scene = { access: this.access(), itemIds, epoch: 9, signal: new AbortController().signal };
    await new ChainRewriting(scene, counts).run();
    return counts;
  }

  async renew() {
    const counts = { items: 0, snapshots: 0 };
    await new ChainRenewal({ access: this.access(), epoch: 9 }, counts).run();
    return counts;
  }

  /** As a retention that a backup has just ended before: services/storage/src/app/apply-retention.ts. */
  retain(policy: RetentionPolicy): void {
    const jobs = [...new Set(this.stored.map(({ jobStartedAt }) => jobStartedAt))].sort((a, b) => a - b);
    const snapshots = this.visible().map(({ id, jobStartedAt }) => ({ snapshot: id, jobStartedAt }));
    const question = { policy, timeZone: 'UTC', now: jobs.at(-1) ?? 0, jobs };
    for (const { snapshot, stays } of decideRetention({ ...question, chain: { snapshots, isHeld: false } }))
      if (!stays) this.#get(snapshot).isReplaced = true;
  }

  visible(): readonly Stored[] {
    return this.stored.filter(({ isReplaced }) => !isReplaced);
  }

  /** Of each visible snapshot in its order: ids of its items with their causes, and whether a name was left anywhere. */
  async seen() {
    const all = this.visible().toSorted((a, b) => a.number - b.number);
    return Promise.all(all.map(async ({ jobStartedAt, sealed }) => ({ jobStartedAt, ...(await this.#holds(sealed)) })));
  }

  async #holds(sealed: Uint8Array) {
    const { body } = openSnapshot(sealed, keys);
    verifySnapshot(sealed, keys, signingKeys);
    const items: Record<string, string> = {};
    let text = '';
    for await (const [id, record] of itemsTree(this.context).scan(body.items)) {
      items[id] = record.leftOut?.cause ?? record.name;
      text += JSON.stringify(record);
    }
    let listed = 0;
    for await (const [, entry] of foldersTree(this.context).scan(body.folders)) {
      listed += 1;
      text += JSON.stringify(entry);
    }
    for await (const [, row] of logTree(this.context).scan(body.log)) text += JSON.stringify(row);
    expect(listed).toBe(Object.keys(items).length);
    return { items, isClean: !text.includes('Secret') };
  }

  #keep(sealed: Uint8Array): SnapshotId {
    const { number, job, jobStartedAt, parent } = verifySnapshot(sealed, keys, signingKeys);
    expect([number, parent]).toEqual([this.stored.length + 1, this.stored.at(-1)?.id]);
    const id = snapshotIdOf(sealed);
    const stored = { id, number, jobId: job, jobStartedAt, sealed, isReplaced: false };
    this.stored.push(stored);
    this.onCommit(stored);
    return id;
  }

  #get(id: SnapshotId): Stored {
    return this.stored.find((one) => one.id === id)!;
  }

  #certify({ publicKey }: SigningKey): Uint8Array {
    return issueTaskCertificate(
      { ...scope, epoch: this.stored.length > 4 ? 9 : scope.epoch, publicKey, notAfter: 99 },
      vaultKey,
    );
  }

  async #io<Answer>(deed: () => Answer): Promise<Answer> {
    this.#step();
    const answer = deed();
    this.#step();
    return answer;
  }

  #step(): void {
    this.#ios += 1;
    if (this.#ios === this.crashAt) throw new Crash();
    this.onIo(this.#ios);
  }
}
