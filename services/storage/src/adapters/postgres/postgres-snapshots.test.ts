import {
  parseBackupSetId,
  parseJobId,
  parsePackId,
  parsePackName,
  parseResourceId,
  parseSnapshotId,
  parseTaskId,
  type PackName,
  type SnapshotId,
  type VaultId,
} from '@holdfast/kernel';
import { commitOf, type Commit } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { SnapshotToStore } from '../../app/snapshots.port.js';
import type { TaskFence } from '../../app/task-fence.js';
import { fromHex } from './from-hex.js';
import { PostgresAffectedItems } from './postgres-affected-items.js';
import { PostgresChunkIndex } from './postgres-chunk-index.js';
import { PostgresFences } from './postgres-fences.js';
import { PostgresSnapshots } from './postgres-snapshots.js';
import { far, near, newVault, ours, randomId, theirs, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const snapshots = () => new PostgresSnapshots(database());
const fences = () => new PostgresFences(database());
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const resource = parseResourceId('mail.u1');
const chain = { backupSetId: set, resourceId: resource };

const fence = (vaultId: VaultId, epoch: number, resourceId = resource): TaskFence => ({
  vaultId,
  backupSetId: set,
  resourceId,
  taskId: parseTaskId(randomUUID()),
  epoch,
  isResumed: false,
});

interface Wanted {
  readonly number: number;
  readonly parent?: SnapshotId;
  readonly epoch?: number;
  readonly packs?: readonly PackName[];
  readonly jobStartedAt?: number;
  readonly resourceId?: typeof resource;
}

function snapshotOf(vault: VaultId, wanted: Wanted): { readonly commit: Commit; readonly snapshot: SnapshotToStore } {
  const { number, parent, epoch = 1, packs = [], jobStartedAt = 0, resourceId = resource } = wanted;
  const header = {
    tenant: ours,
    vault,
    set,
    resource: resourceId,
    job: parseJobId(randomUUID()),
    epoch,
    generation: 1,
    number,
    parent,
    jobStartedAt,
    startedAt: 0,
    finishedAt: 0,
    timeZone: 'UTC',
    newPacks: packs,
    certificate: new Uint8Array(),
  };
  const objectName = `snapshots/${randomUUID()}/${number}`;
  const snapshot = { header, sealed: randomBytes(40), objectName, vaultGeneration: 1 };
  return { commit: commitOf(randomId(parseSnapshotId), header), snapshot };
}

const decide = ({ commit, snapshot }: ReturnType<typeof snapshotOf>) => snapshots().decide(ours, commit, snapshot);

async function commit(vault: VaultId, wanted: Wanted): Promise<SnapshotId> {
  await fences().pass(ours, fence(vault, wanted.epoch ?? 1, wanted.resourceId));
  const asked = snapshotOf(vault, wanted);
  expect(await decide(asked)).toEqual({ do: 'store' });
  await snapshots().markVisible(ours, (await snapshots().stored(ours, vault, asked.commit.snapshot))!, near);
  return asked.commit.snapshot;
}

async function registeredPack(vault: VaultId, destinationId = near): Promise<PackName> {
  const name = randomId(parsePackName);
  const pack = {
    name,
    bytes: 1,
    branch: 'meta',
    destinationId,
    packId: randomId(parsePackId, 16),
    entries: [],
  } as const;
  await new PostgresChunkIndex(database()).register(ours, vault, pack, believe);
  return name;
}

const believe = () => undefined;

describe('PostgresSnapshots', () => {
  it('lists a snapshot only once it is visible', async () => {
    const vault = await newVault(database(), ours);
    await fences().pass(ours, fence(vault, 1));
    const asked = snapshotOf(vault, { number: 1 });
    expect(await decide(asked)).toEqual({ do: 'store' });
    expect(await decide(asked)).toEqual({ do: 'finish' });
    expect((await snapshots().list(ours, vault, {}, { size: 10, token: '' })).snapshots).toEqual([]);
    const head = (await snapshots().head(ours, vault, chain))!;
    expect(head).toMatchObject({
      snapshotId: asked.commit.snapshot,
      committedAt: undefined,
      sealed: asked.snapshot.sealed,
    });
    await snapshots().markVisible(ours, head, near);
    await snapshots().markVisible(ours, head, near);
    expect(await decide(asked)).toEqual({ do: 'nothing', because: 'visible' });
    expect((await snapshots().list(ours, vault, {}, { size: 10, token: '' })).snapshots).toHaveLength(1);
  });

  it('shows nothing to another tenant', async () => {
    const vault = await newVault(database(), ours);
    const id = await commit(vault, { number: 1 });
    expect(await snapshots().stored(theirs, vault, id)).toBeUndefined();
    expect(await snapshots().head(theirs, vault, chain)).toBeUndefined();
    expect((await snapshots().list(theirs, vault, {}, { size: 10, token: '' })).snapshots).toEqual([]);
  });

  it('lets one of many snapshots follow a parent', async () => {
    const vault = await newVault(database(), ours);
    const parent = await commit(vault, { number: 1 });
    const rivals = [1, 2, 3, 4].map(() => snapshotOf(vault, { number: 2, parent }));
    const decisions = await Promise.all(rivals.map(decide));
    expect(decisions.filter((decision) => decision.do === 'store')).toHaveLength(1);
    expect(decisions.filter((decision) => decision.do === 'refuse' && decision.because === 'parent')).toHaveLength(3);
  });

  it('asks for the head to be finished before another follows it', async () => {
    const vault = await newVault(database(), ours);
    await fences().pass(ours, fence(vault, 1));
    const first = snapshotOf(vault, { number: 1 });
    await decide(first);
    const next = snapshotOf(vault, { number: 2, parent: first.commit.snapshot });
    expect(await decide(next)).toEqual({ do: 'finish-head', head: first.commit.snapshot });
  });

  it('refuses a worker that wakes up late', async () => {
    const vault = await newVault(database(), ours);
    await fences().pass(ours, fence(vault, 1));
    await fences().pass(ours, fence(vault, 2));
    expect(await decide(snapshotOf(vault, { number: 1, epoch: 1 }))).toEqual({ do: 'refuse', because: 'epoch' });
    await expect(fences().pass(ours, fence(vault, 1))).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
  });

  it('refuses a generation of before a rebuild, whatever the caller knew of it', async () => {
    const vault = await newVault(database(), ours);
    await fences().pass(ours, fence(vault, 1));
    await database().inTenant(ours, (tx) =>
      tx.updateTable('vaults').set({ generation: 2 }).where('vault_id', '=', vault).execute(),
    );
    expect(await decide(snapshotOf(vault, { number: 1 }))).toEqual({ do: 'refuse', because: 'generation' });
  });

  it('stores a snapshot where one destination has every pack, and asks for condemned packs again', async () => {
    const vault = await newVault(database(), ours);
    await fences().pass(ours, fence(vault, 1));
    const [here, there] = [await registeredPack(vault, near), await registeredPack(vault, far)];
    const asked = (packs: readonly PackName[]) => snapshotOf(vault, { number: 1, packs });
    await expect(decide(asked([here, there]))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await database().inTenant(ours, (tx) =>
      tx.updateTable('packs').set({ state: 'condemned' }).where('name', '=', fromHex(here)).execute(),
    );
    expect(await decide(asked([here, there]))).toEqual({ do: 'ask-for-packs', packs: [here] });
    expect(await decide(asked([there]))).toEqual({ do: 'store' });
    expect(await snapshots().head(ours, vault, chain)).toMatchObject({ destinationId: far });
  });

  it('lists pages from the newest to the oldest', async () => {
    const vault = await newVault(database(), ours);
    const ids: SnapshotId[] = [];
    for (let number = 1; number <= 5; number++)
      ids.push(await commit(vault, { number, ...(ids.at(-1) && { parent: ids.at(-1)! }) }));
    const seen: SnapshotId[] = [];
    for (let token = '', pages = 0; pages < 3; pages++) {
      const page = await snapshots().list(ours, vault, { resourceId: resource }, { size: 2, token });
      seen.push(...page.snapshots.map(({ snapshotId }) => snapshotId));
      token = page.next ?? '';
    }
    expect(seen).toEqual(ids.reverse());
    await expect(snapshots().list(ours, vault, {}, { size: 2, token: 'nonsense' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('answers what there was at a time: the newest of each chain', async () => {
    const vault = await newVault(database(), ours);
    const other = parseResourceId('drive.u1');
    const monday = await commit(vault, { number: 1, jobStartedAt: 1_000 });
    const tuesday = await commit(vault, { number: 2, parent: monday, jobStartedAt: 2_000 });
    const drive = await commit(vault, { number: 1, jobStartedAt: 2_500, resourceId: other });
    const asOf = async (asOfMs: number) =>
      new Set(
        (await snapshots().list(ours, vault, { asOfMs }, { size: 10, token: '' })).snapshots.map(
          ({ snapshotId }) => snapshotId,
        ),
      );
    expect(await asOf(999)).toEqual(new Set());
    expect(await asOf(1_999)).toEqual(new Set([monday]));
    expect(await asOf(9_000)).toEqual(new Set([tuesday, drive]));
  });

  it('takes for read anew what the committing task itself has noted, and nothing that another did', async () => {
    const vault = await newVault(database(), ours);
    const affected = new PostgresAffectedItems(database());
    const check = parseJobId(randomUUID());
    const first = await commit(vault, { number: 1, epoch: 1 });
    const since = { snapshotId: first, number: 1, jobStartedAt: 0 };
    const states = ['a', 'b', 'c', 'd', 'e'].map((itemId) => ({ itemId, kind: 'file' }));
    await affected.note(ours, vault, { ...chain, jobId: check }, since, states);
    expect(await affected.tell(ours, vault, check)).toEqual({ resources: 1, items: 5, itemsDue: 5, resourcesDue: 0 });
    const due = async (epoch: number, after = '') =>
      (await affected.readAnew(ours, vault, { ...chain, epoch }, { size: 3, after })).itemIds;
    const stateOf = async () => {
      const { items } = await affected.page(ours, vault, { size: 10, token: '' });
      return items.map(({ itemId, state }) => `${itemId} ${state}`);
    };

    // A task that dies before it commits, then a rewriting, which reads nothing.
    expect([await due(2), await due(2, 'c')]).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
    await affected.noteRead(ours, vault, { ...chain, epoch: 2 }, ['a', 'b']);
    expect(await due(2)).toEqual(['c', 'd', 'e']);
    const second = await commit(vault, { number: 2, parent: first, epoch: 3 });
    expect(await stateOf()).toEqual(['a due', 'b due', 'c due', 'd due', 'e due']);
    expect(await due(4)).toEqual(['a', 'b', 'c']);

    await affected.noteRead(ours, vault, { ...chain, epoch: 4 }, ['a', 'b', 'd']);
    await commit(vault, { number: 3, parent: second, epoch: 4 });
    expect(await stateOf()).toEqual(['a read', 'b read', 'c due', 'd read', 'e due']);
    expect(await due(5)).toEqual(['c', 'e']);
    expect(await affected.readAnew(theirs, vault, { ...chain, epoch: 5 }, { size: 3, after: '' })).toEqual({
      isAll: false,
      itemIds: [],
    });
  });

  it('takes all of a resource for read anew where a task read all of it', async () => {
    const vault = await newVault(database(), ours);
    const affected = new PostgresAffectedItems(database());
    const jobId = parseJobId(randomUUID());
    const first = await commit(vault, { number: 1, epoch: 1 });
    const since = { snapshotId: first, number: 1, jobStartedAt: 0 };
    await affected.note(ours, vault, { ...chain, jobId }, since, [
      { itemId: '', kind: '' },
      { itemId: 'a', kind: 'file' },
    ]);
    await affected.tell(ours, vault, jobId);
    const page = { size: 3, after: '' };
    const due = (epoch: number) => affected.readAnew(ours, vault, { ...chain, epoch }, page);
    expect(await due(2)).toEqual({ isAll: true, itemIds: ['a'] });
    await affected.noteRead(ours, vault, { ...chain, epoch: 2 }, ['']);
    expect(await due(2)).toEqual({ isAll: false, itemIds: ['a'] });
    await affected.noteRead(ours, vault, { ...chain, epoch: 3 }, 'all');
    await commit(vault, { number: 2, parent: first, epoch: 3 });
    expect(await due(4)).toEqual({ isAll: false, itemIds: [] });
  });
});
