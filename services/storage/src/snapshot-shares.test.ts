import type { SnapshotId } from '@holdfast/kernel';
import { parseBackupSetId } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { PostgresCondemnedPacks } from './adapters/postgres/postgres-condemned-packs.js';
import { PostgresSnapshotShares } from './adapters/postgres/postgres-snapshot-shares.js';
import { ours, theirs, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import type { KeptSnapshot } from './suites/backed-up-world.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const MAIL = 'mail.u1';
const DRIVE = 'drive.u1';
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const database = useStorageDatabase();
const shares = () => new PostgresSnapshotShares(database());
let world: FreeingWorld;

jest.setTimeout(60_000);

const content = (seed: number) => Buffer.from(seededRandomBytes(`shares ${seed}`)(seed % 5 === 0 ? 60_000 : 3_000));
const items = (from: number, to: number, salt = 0) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, at) => [`item-${from + at}`, content(from + at + salt)]));

/** Two chains that share contents: items that stay, change, go, come back, and lie in two places. */
beforeAll(async () => {
  world = await new FreeingWorld(database).open();
  await world.backUp(items(0, 12), MAIL);
  await world.backUp({ ...items(0, 4, 100), 'item-5': null }, MAIL);
  await world.backUp(items(20, 26), DRIVE);
  await world.backUp({ ...items(20, 22, 200), ...items(0, 2) }, DRIVE);
  await world.backUp({ 'item-5': content(5), 'item-6': content(107) }, MAIL);
  await world.backUp({ 'item-6': null, twice: content(300), 'twice again': content(300) }, MAIL);
  await world.backUp({ twice: null }, MAIL);
  await world.backUp({ 'item-20': content(20), 'item-21': null }, DRIVE);
  await world.settle();
  world.isDryRun = true;
});
afterAll(() => world.close());

const kept = (): readonly KeptSnapshot[] => [...world.kept(MAIL), ...world.kept(DRIVE)];

/** By sets: what of each snapshot no other has. */
async function foundByHand(): Promise<ReadonlyMap<SnapshotId, number>> {
  const needed = new Map(await Promise.all(kept().map(async (one) => [one.id, await world.chunksOf(one)] as const)));
  const rows = await database().inTenant(ours, (tx) =>
    tx.selectFrom('chunks').select(['chunk_id', 'sealed_bytes']).where('vault_id', '=', world.vault).execute(),
  );
  const sums = new Map<SnapshotId, number>(kept().map(({ id }) => [id, 0]));
  for (const { chunk_id, sealed_bytes } of rows) {
    const [only, ...others] = [...needed].filter(([, chunks]) => new Set<string>(chunks).has(chunk_id.toString('hex')));
    if (only && others.length === 0) sums.set(only[0], (sums.get(only[0]) ?? 0) + sealed_bytes);
  }
  return sums;
}

async function told(): Promise<ReadonlyMap<SnapshotId, number>> {
  const found = new Map<SnapshotId, number>();
  let token = '';
  do {
    const page = await shares().page(ours, world.vault, set, { size: 3, token });
    for (const { snapshotId, bytes } of page.shares) found.set(snapshotId, bytes);
    token = page.next ?? '';
  } while (token !== '');
  return found;
}

it('tells of each snapshot exactly what it alone needs, and of the rest that several do', async () => {
  await world.free();
  const found = await told();
  expect(found).toEqual(await foundByHand());
  expect([...found.values()].filter((bytes) => bytes > 3_000).length).toBeGreaterThan(4);
  expect([...found.values()]).toEqual([...found.values()].sort((a, b) => b - a));
  const needed = await shares().needed(ours, world.vault);
  const { report } = await new PostgresCondemnedPacks(database()).report(ours, world.vault);
  expect(needed!.byOne).toBe([...found.values()].reduce((sum, bytes) => sum + bytes, 0));
  expect(needed!.byOne + needed!.bySeveral).toBe(report!.shares.reduce((sum, share) => sum + share.neededBytes, 0));
  expect(await shares().needed(theirs, world.vault)).toBeUndefined();
  expect((await shares().page(theirs, world.vault, set, { size: 3, token: '' })).shares).toEqual([]);
});

it('foresees by how much less is needed once a snapshot has gone, and that two together free more', async () => {
  await world.free();
  const before = await shares().needed(ours, world.vault);
  const [first, second] = world.kept(MAIL) as [KeptSnapshot, KeptSnapshot];
  const foreseen = await told();
  const all = ({ byOne, bySeveral }: { readonly byOne: number; readonly bySeveral: number }) => byOne + bySeveral;
  await world.retire(first);
  await world.free();
  const after = await shares().needed(ours, world.vault);
  expect(all(before!) - all(after!)).toBe(foreseen.get(first.id));
  await world.retire(second);
  await world.free();
  const last = await shares().needed(ours, world.vault);
  expect(all(before!) - all(last!)).toBeGreaterThan((foreseen.get(first.id) ?? 0) + (foreseen.get(second.id) ?? 0));
});

it('says nothing of snapshots once a freeing was none of words alone', async () => {
  world.isDryRun = false;
  await world.free();
  expect(await shares().needed(ours, world.vault)).toBeUndefined();
  expect(await told()).toEqual(new Map());
});
