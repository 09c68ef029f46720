import {
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  type SnapshotId,
} from '@holdfast/kernel';
import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import {
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
  type SnapshotBody,
} from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { ChainAccess, ChainSnapshot } from './chain-access.port.js';
import { ChainRewriting } from './chain-rewriting.js';

const keys = deriveVaultKeys([newRootKey(randomBytes)]);
const vaultKey = SigningKey.fromSeed(randomBytes(32));
const signingKeys = new Map([[1, vaultKey.publicKey]]);
const scope = {
  ...{ tenant: parseTenantId(randomUUID()), vault: parseVaultId(randomUUID()) },
  ...{ set: parseBackupSetId(randomUUID()), resource: parseResourceId('drive.ann'), epoch: 1, generation: 1 },
};
const folder = (parentId: string): ItemRecord => ({
  kind: 'drive-folder',
  parentId,
  name: 'Secret',
  bytes: 0,
  properties: {},
});
const file = (parentId: string, name = 'Secret.txt'): ItemRecord => ({
  ...{ kind: 'file', parentId, name, bytes: 3, properties: { note: name } },
  content: { bytes: 3, form: 'bytes', sha256: new Uint8Array(32), chunks: [], depth: 0 },
});
const ROOT: ItemRecord = { kind: 'drive-root', name: 'root', bytes: 0, properties: {} };

interface Stored extends ChainSnapshot {
  readonly sealed: Uint8Array;
  isReplaced: boolean;
}

class Crash extends Error {}

/** A chain in memory, which may break off at any I/O, before it is done or before it is heard of. */
class Chain {
  readonly context = { store: new MemoryChunkStore(), treeKey: new Uint8Array(32).fill(3) };
  readonly stored: Stored[] = [];
  #body: SnapshotBody | undefined;
  #ios = 0;
  crashAt = Infinity;
  isHeld = false;
  onCommit: (stored: Stored) => void = () => undefined;

  /** A job's snapshot after these changes; undefined takes an item out. */
  async job(changes: Readonly<Record<string, ItemRecord | undefined>>): Promise<void> {
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
      ...{ ...scope, ...times, job: parseJobId(randomUUID()), number: at, parent: parent?.id, newPacks: [] },
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
      replace: (snapshots) =>
        this.#io(() => {
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
    this.#ios += 1;
    if (this.#ios === this.crashAt) throw new Crash();
    const answer = deed();
    this.#ios += 1;
    if (this.#ios === this.crashAt) throw new Crash();
    return answer;
  }
}

/** Five states: `f` with `g` in it comes second, `b` moves out of it, `c` vanishes. */
async function filled(): Promise<Chain> {
  const chain = new Chain();
  await chain.job({ root: ROOT, keep: file('root', 'keep') });
  await chain.job({ f: folder('root'), g: folder('f'), a: file('f'), b: file('g', 'b'), c: file('g') });
  await chain.job({ b: file('root', 'b') });
  await chain.job({ c: undefined });
  await chain.job({ late: file('root', 'late') });
  return chain;
}

const DELETED = 'deleted-on-request';
const gone = { f: DELETED, g: DELETED, a: DELETED };
const same = { root: 'root', keep: 'keep' };
const AFTER = [
  { jobStartedAt: 1, items: same, isClean: true },
  { jobStartedAt: 2, items: { ...same, ...gone, b: DELETED, c: DELETED }, isClean: true },
  { jobStartedAt: 3, items: { ...same, ...gone, b: 'b', c: DELETED }, isClean: true },
  { jobStartedAt: 4, items: { ...same, ...gone, b: 'b' }, isClean: true },
  { jobStartedAt: 5, items: { ...same, ...gone, b: 'b', late: 'late' }, isClean: true },
];

describe('ChainRewriting', () => {
  it('takes a folder with everything below from every state, and leaves the others as they are', async () => {
    const chain = await filled();
    const first = chain.stored[0];
    expect(await chain.rewrite('f', 'c')).toEqual({ items: 5, snapshots: 4 });
    expect(await chain.seen()).toEqual(AFTER);
    expect(chain.visible()[0]).toBe(first);
    expect(await chain.rewrite('f', 'c')).toEqual({ items: 0, snapshots: 0 });
    expect(chain.stored).toHaveLength(9);
  });

  it('changes nothing where nothing fits, and leaves the top of a drive', async () => {
    const chain = await filled();
    expect(await chain.rewrite('nothing')).toEqual({ items: 0, snapshots: 0 });
    expect(chain.visible()).toHaveLength(5);
    await chain.rewrite('root');
    for (const { items } of await chain.seen())
      for (const [id, cause] of Object.entries(items)) expect(cause).toBe(id === 'root' ? 'root' : DELETED);
  });

  it('replaces nothing under a legal hold', async () => {
    const chain = await filled();
    chain.isHeld = true;
    await expect(chain.rewrite('f')).rejects.toThrow('legal hold');
    expect(chain.stored).toHaveLength(5);
  });

  it('keeps what it had before where retention lets go of what is made anew meanwhile', async () => {
    const chain = await filled();
    chain.onCommit = (stored) => {
      if (stored.number === 7) stored.isReplaced = true;
    };
    await expect(chain.rewrite('f', 'c')).rejects.toThrow('Retention has let go');
    chain.onCommit = () => undefined;
    await chain.rewrite('f', 'c');
    expect(await chain.seen()).toEqual(AFTER);
  });

  it('ends the same when it breaks off at any I/O and is begun again', async () => {
    for (let crashAt = 1, isDone = false; !isDone; crashAt += 1) {
      const chain = await filled();
      chain.crashAt = crashAt;
      isDone = await chain.rewrite('f', 'c').then(
        () => true,
        (error: unknown) => {
          if (error instanceof Crash) return false;
          throw error;
        },
      );
      chain.crashAt = Infinity;
      await chain.rewrite('f', 'c');
      expect(await chain.seen()).toEqual(AFTER);
      if (isDone) expect(crashAt).toBeGreaterThan(40);
    }
  });
});
