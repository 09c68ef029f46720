import { AppError, parseSnapshotId, type PackName, type SnapshotId } from '@holdfast/kernel';
import { type Chain, type Commit, type CommitDecision, decideCommit } from '@holdfast/vault';
import { sql } from 'kysely';
import { scattered } from '../../app/find-missing-packs.js';
import type { SnapshotToStore } from '../../app/snapshots.port.js';
import { destinationsOfAll } from './destinations-of-all.js';
import { fromHex } from './from-hex.js';
import { packsGoneIn } from './packs-gone.js';
import type { Tx } from './schema.js';
import { shareVault } from './vault-lock.js';

/** Packs that a refusal names. */
const MOST_TOLD = 50;

interface ChainKey {
  readonly tenant_id: string;
  readonly vault_id: string;
  readonly backup_set_id: string;
  readonly resource_id: string;
}

/** The deciding transaction of the commit protocol: the chain stays locked until the caller's transaction ends. */
export async function decideInChain(tx: Tx, commit: Commit, snapshot: SnapshotToStore): Promise<CommitDecision> {
  const { header, vaultGeneration } = snapshot;
  const key = {
    tenant_id: header.tenant,
    vault_id: header.vault,
    backup_set_id: header.set,
    resource_id: header.resource,
  };
  await shareVault(tx, header.vault);
  const chain = await lockChain(tx, key, vaultGeneration);
  await lockPacks(tx, key, commit.newPacks);
  const gone = await packsGoneIn(tx, header.tenant, header.vault, commit, MOST_TOLD);
  const decision = decideCommit(chain, commit, gone);
  if (decision.do !== 'store') return decision;
  const destination = await destinationOfAll(tx, key, commit);
  await insert(tx, key, { commit, snapshot, destination });
  await tx
    .updateTable('chains')
    .set({ head_snapshot_id: fromHex(commit.snapshot) })
    .where('vault_id', '=', key.vault_id)
    .where('backup_set_id', '=', key.backup_set_id)
    .where('resource_id', '=', key.resource_id)
    .execute();
  return decision;
}

/** The row is there since the first call with a grant, which raised its epoch. */
async function lockChain(tx: Tx, key: ChainKey, generation: number): Promise<Chain> {
  const row = await tx
    .selectFrom('chains')
    .select(['epoch', 'head_snapshot_id'])
    .where('tenant_id', '=', key.tenant_id)
    .where('vault_id', '=', key.vault_id)
    .where('backup_set_id', '=', key.backup_set_id)
    .where('resource_id', '=', key.resource_id)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AppError('GRANT_REFUSED', 'The chain of snapshots has never seen a grant. Lease the task again.');
  const vault = await tx
    .selectFrom('vaults')
    .select('generation')
    .where('tenant_id', '=', key.tenant_id)
    .where('vault_id', '=', key.vault_id)
    .executeTakeFirstOrThrow();
  const id = row.head_snapshot_id;
  return {
    // What auth said may be a minute old; the database's own word is of this moment.
    generation: Math.max(generation, vault.generation),
    epoch: row.epoch,
    head: id ? await headOf(tx, key, parseSnapshotId(id.toString('hex'))) : undefined,
  };
}

async function headOf(tx: Tx, key: ChainKey, snapshot: SnapshotId): Promise<NonNullable<Chain['head']>> {
  const { generation, number, committed_at } = await tx
    .selectFrom('snapshots')
    .select(['generation', 'number', 'committed_at'])
    .where('tenant_id', '=', key.tenant_id)
    .where('vault_id', '=', key.vault_id)
    .where('snapshot_id', '=', fromHex(snapshot))
    .executeTakeFirstOrThrow();
  return { snapshot, generation, number, isVisible: committed_at !== null };
}

/** In ascending order, and shared: no pack can go away before this transaction ends. */
async function lockPacks(tx: Tx, key: ChainKey, packs: readonly PackName[]): Promise<void> {
  await sql`
    select from packs
    where tenant_id = ${key.tenant_id} and vault_id = ${key.vault_id} and name = any(${packs.map(fromHex)}::bytea[])
    order by pack_no for share`.execute(tx);
}

async function destinationOfAll(tx: Tx, key: ChainKey, commit: Commit): Promise<string> {
  const [first] = await destinationsOfAll(tx, key.tenant_id, key.vault_id, commit);
  if (first !== undefined) return first;
  throw scattered();
}

async function insert(
  tx: Tx,
  key: ChainKey,
  {
    commit,
    snapshot,
    destination,
  }: { readonly commit: Commit; readonly snapshot: SnapshotToStore; readonly destination: string },
): Promise<void> {
  await tx
    .insertInto('snapshots')
    .values({
      ...key,
      snapshot_id: fromHex(commit.snapshot),
      job_id: commit.job,
      epoch: commit.epoch,
      generation: commit.generation,
      number: commit.number,
      parent_snapshot_id: commit.parent === undefined ? null : fromHex(commit.parent),
      job_started_at: new Date(snapshot.header.jobStartedAt),
      sealed: Buffer.from(snapshot.sealed),
      object_name: snapshot.objectName,
      destination_id: destination,
    })
    .execute();
}
