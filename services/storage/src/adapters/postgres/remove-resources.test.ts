import {
  AppError,
  parseBackupSetId,
  parseDeletionId,
  parseJobId,
  parseResourceId,
  parseSnapshotId,
  parseTaskId,
  type ResourceId,
  type SnapshotId,
  type VaultId,
} from '@holdfast/kernel';
import type { HeldTask } from '@holdfast/worker';
import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import type { FindHead } from '../../app/find-head.js';
import { Removals, type SnapshotRemoval } from '../../app/removals.port.js';
import { RemoveResources } from '../../app/remove-resources.js';
import { fromHex } from './from-hex.js';
import { PostgresFences } from './postgres-fences.js';
import { PostgresRetainedChains } from './postgres-retained-chains.js';
import { near, newVault, ours, randomId, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const [annMail, annDrive, bobMail] = ['mail.ann', 'drive.ann', 'mail.bob'].map(parseResourceId) as [
  ResourceId,
  ResourceId,
  ResourceId,
];
const EPOCH = 1_000;
const EVERY_RESOURCE = [annMail, annDrive, bobMail];

/** Keeps what it was told, and refuses where it is told to. */
class Told extends Removals {
  readonly told = new Map<ResourceId, SnapshotId[]>();
  constructor(private readonly refused?: ResourceId) {
    super();
  }
  override async note(_: string, resource: ResourceId, snapshots: readonly SnapshotRemoval[]): Promise<void> {
    if (resource === this.refused) throw new AppError('FAILED_PRECONDITION', 'A legal hold is on it.');
    const known = new Set([...(this.told.get(resource) ?? []), ...snapshots.map(({ snapshotId }) => snapshotId)]);
    this.told.set(resource, [...known]);
  }
}

async function threeOfEach(): Promise<VaultId> {
  const vault = await newVault(database(), ours);
  for (const resource of EVERY_RESOURCE)
    for (let number = 1; number <= 3; number += 1)
      await database().inTenant(ours, (tx) =>
        tx
          .insertInto('snapshots')
          .values({
            ...{ tenant_id: ours, vault_id: vault, snapshot_id: fromHex(randomId(parseSnapshotId)) },
            ...{
              backup_set_id: set,
              resource_id: resource,
              job_id: randomUUID(),
              epoch: number,
              generation: 1,
              number,
            },
            ...{ parent_snapshot_id: null, job_started_at: new Date(number * 1_000), sealed: randomBytes(8) },
            ...{ object_name: `snapshots/${resource}/${number}`, destination_id: near, committed_at: new Date() },
          })
          .execute(),
      );
  return vault;
}

const chains = () => new PostgresRetainedChains(database());

async function remove(vault: VaultId, removals: Removals, before: (resource: ResourceId) => void = () => undefined) {
  const deletionId = parseDeletionId(randomUUID());
  const lease = {
    ...{ tenantId: ours, vaultId: vault, backupSetId: set, epoch: EPOCH },
    ...{ jobId: parseJobId(randomUUID()), taskId: parseTaskId(randomUUID()) },
    termsJson: JSON.stringify({ deletionId, resourceIds: [annMail, annDrive] }),
  };
  const held = { lease, grant: 'grant', signal: new AbortController().signal } as unknown as HeldTask;
  const findHead = {
    run: async (...[, , { resourceId }]: Parameters<FindHead['run']>) => before(resourceId),
  } as unknown as FindHead;
  const counts = { resources: 0, snapshots: 0 };
  await new RemoveResources(chains(), removals, new PostgresFences(database()), findHead).run(held, counts);
  return counts;
}

const left = async (vault: VaultId) => {
  const numbers = EVERY_RESOURCE.map(
    async (resourceId) => (await chains().snapshots(ours, vault, { backupSetId: set, resourceId })).length,
  );
  return Promise.all(numbers);
};

describe('RemoveResources', () => {
  it('removes every snapshot of what was asked for and of nothing else, and says of each why', async () => {
    const vault = await threeOfEach();
    const told = new Told();
    expect(await remove(vault, told)).toEqual({ resources: 2, snapshots: 6 });
    expect(await left(vault)).toEqual([0, 0, 3]);
    expect([...told.told].map(([resource, ids]) => [resource, ids.length])).toEqual([
      [annMail, 3],
      [annDrive, 3],
    ]);
    const { verdicts } = await chains().verdicts(ours, vault, set, { size: 100, token: '' });
    expect(verdicts.map(({ stays, explanation }) => [stays, explanation.slice(0, 22)])).toEqual(
      Array.from({ length: 6 }, () => [false, 'goes because deletion ']),
    );
  });

  it('breaks off anywhere with each chain whole or gone, and goes on when it is repeated', async () => {
    const vault = await threeOfEach();
    const told = new Told();
    const crash = (resource: ResourceId) => {
      if (resource === annDrive) throw new Error('the process was lost');
    };
    await expect(remove(vault, told, crash)).rejects.toThrow('the process was lost');
    expect(await left(vault)).toEqual([0, 3, 3]);
    expect(await remove(vault, told)).toEqual({ resources: 1, snapshots: 3 });
    expect(await left(vault)).toEqual([0, 0, 3]);
    expect(told.told.get(annMail)).toHaveLength(3);
  });

  it('removes nothing of a resource that a legal hold is on', async () => {
    const vault = await threeOfEach();
    await expect(remove(vault, new Told(annMail))).rejects.toThrow('A legal hold is on it');
    expect(await left(vault)).toEqual([3, 3, 3]);
  });

  it('fences whoever worked on the chain before', async () => {
    const vault = await threeOfEach();
    await remove(vault, new Told());
    const late = { vaultId: vault, backupSetId: set, resourceId: annMail, isResumed: false };
    const pass = (epoch: number) =>
      new PostgresFences(database()).pass(ours, { ...late, taskId: parseTaskId(randomUUID()), epoch });
    await expect(pass(EPOCH - 1)).rejects.toThrow('Another holder has taken over');
    await pass(EPOCH + 1);
  });
});
