import {
  parseBackupSetId,
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
import { fromHex } from './from-hex.js';
import { PostgresErasures } from './postgres-erasures.js';
import { PostgresObjectPlaces } from './postgres-object-places.js';
import { PostgresRetainedChains } from './postgres-retained-chains.js';
import { far, near, newVault, ours, randomId, theirs, useStorageDatabase } from './test-database.suite.js';
import { ApplyRetention } from '../../app/apply-retention.js';
import { type ResourceTerms, type RetentionTerms, RetentionTermsSource } from '../../app/retention-terms.port.js';

const database = useStorageDatabase();
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const ann = parseResourceId('mail.ann');
const bob = parseResourceId('mail.bob');
const DAY_MS = 86_400_000;
const day = (number: number) => Date.parse('2026-11-01T21:00:00Z') + number * DAY_MS;

class Terms extends RetentionTermsSource {
  constructor(
    private readonly given: Partial<RetentionTerms>,
    private readonly gone: ReadonlyMap<ResourceId, number> = new Map(),
    private readonly held: ReadonlySet<ResourceId> = new Set(),
    private readonly whole: ReadonlyMap<ResourceId, number> = new Map(),
  ) {
    super();
  }
  override async terms(): Promise<RetentionTerms> {
    const jobs = Array.from({ length: 10 }, (_, number) => day(number));
    return { policy: {}, timeZone: 'UTC', jobs, dryRun: false, now: day(9) + 1, ...this.given };
  }
  override async resources(
    _: string,
    resources: readonly ResourceId[],
  ): Promise<ReadonlyMap<ResourceId, ResourceTerms>> {
    return new Map(
      resources.map((one) => {
        const leftAt = this.gone.get(one);
        const wholeAt = this.whole.get(one);
        const said = { ...(leftAt !== undefined && { leftAt }), ...(wholeAt !== undefined && { wholeAt }) };
        return [one, { ...said, isHeld: this.held.has(one) }];
      }),
    );
  }
}

/** A visible snapshot of the job of that day. */
async function snapshotOf(vault: VaultId, resourceId: ResourceId, number: number, place = number): Promise<SnapshotId> {
  const id = randomId(parseSnapshotId);
  await database().inTenant(ours, (tx) =>
    tx
      .insertInto('snapshots')
      .values({
        tenant_id: ours,
        vault_id: vault,
        snapshot_id: fromHex(id),
        backup_set_id: set,
        resource_id: resourceId,
        job_id: randomUUID(),
        epoch: place + 1,
        generation: 1,
        number: place + 1,
        parent_snapshot_id: null,
        job_started_at: new Date(day(number)),
        sealed: randomBytes(8),
        object_name: `snapshots/${resourceId}/${place}`,
        destination_id: near,
        committed_at: new Date(day(number)),
      })
      .execute(),
  );
  return id;
}

/** Two destinations hold the object; the later lock counts. */
async function lockAt(vault: VaultId, name: string, until: Date): Promise<void> {
  const object = { name, bytes: 8, sha256: randomBytes(32).toString('hex') };
  for (const destination of [near, far])
    await new PostgresObjectPlaces(database()).add(ours, vault, object, destination);
  await database().inTenant(ours, async (tx) => {
    const { object_no } = await tx
      .selectFrom('objects')
      .select('object_no')
      .where('vault_id', '=', vault)
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    for (const [destination, end] of [
      [near, until],
      [far, new Date(until.getTime() - DAY_MS)],
    ] as const)
      await tx
        .updateTable('object_places')
        .set({ locked_until: end })
        .where('object_no', '=', object_no)
        .where('destination_id', '=', destination)
        .execute();
  });
}

async function tenNights(resources: readonly ResourceId[] = [ann, bob]): Promise<VaultId> {
  const vault = await newVault(database(), ours);
  for (const resource of resources)
    for (let number = 0; number < 10; number++) await snapshotOf(vault, resource, number);
  return vault;
}

async function retain(vault: VaultId, terms: Terms, signal = new AbortController().signal) {
  const lease = {
    tenantId: ours,
    vaultId: vault,
    backupSetId: set,
    jobId: parseJobId(randomUUID()),
    taskId: parseTaskId(randomUUID()),
  };
  const counts = { resources: 0, kept: 0, retired: 0 };
  const held = { lease, grant: 'grant', signal } as unknown as HeldTask;
  await new ApplyRetention(chains(), terms).run(held, counts);
  return counts;
}

const chains = () => new PostgresRetainedChains(database());
const left = async (vault: VaultId, resourceId: ResourceId) =>
  (await chains().snapshots(ours, vault, { backupSetId: set, resourceId })).map(
    ({ jobStartedAt }) => (jobStartedAt - day(0)) / DAY_MS,
  );

describe('ApplyRetention', () => {
  it('lets go of what no rule wants, chain by chain, and changes nothing when it is repeated', async () => {
    const vault = await tenNights();
    expect(await retain(vault, new Terms({ policy: { jobs: 3 } }))).toEqual({ resources: 2, kept: 6, retired: 14 });
    expect(await left(vault, ann)).toEqual([7, 8, 9]);
    expect(await retain(vault, new Terms({ policy: { jobs: 3 } }))).toEqual({ resources: 2, kept: 6, retired: 0 });
    expect(await left(vault, bob)).toEqual([7, 8, 9]);
  });

  it('goes on to say of what went why, when later retentions speak of the rest', async () => {
    const vault = await tenNights([ann]);
    await retain(vault, new Terms({ policy: { jobs: 9 } }));
    const said = async () => (await chains().verdicts(ours, vault, set, { size: 100, token: '' })).verdicts;
    const [first] = await said();
    expect(first).toMatchObject({ number: 1, stays: false, wentAt: expect.any(Number) });
    expect(first?.explanation).toContain('goes because it was replaced');
    await retain(vault, new Terms({ policy: { jobs: 8 } }));
    await retain(vault, new Terms({ policy: { jobs: 1 }, dryRun: true }));
    const later = await said();
    expect(later[0]).toEqual(first);
    expect(later.map(({ stays, wentAt }) => [stays, wentAt !== undefined])).toEqual([
      [false, true],
      [false, true],
      ...Array.from({ length: 7 }, () => [false, false]),
      [true, false],
    ]);
    expect(new Set(later.map(({ jobId }) => jobId)).size).toBe(3);
  });

  it('keeps what scheduler says was read whole last', async () => {
    const vault = await tenNights([ann]);
    const terms = new Terms({ policy: { jobs: 1 } }, new Map(), new Set(), new Map([[ann, day(4)]]));
    expect(await retain(vault, terms)).toMatchObject({ kept: 2, retired: 8 });
    expect(await left(vault, ann)).toEqual([4, 9]);
  });

  it('says in a dry run what would go, and keeps all', async () => {
    const vault = await tenNights();
    await retain(vault, new Terms({ policy: { jobs: 3 }, dryRun: true }));
    expect(await left(vault, ann)).toHaveLength(10);
    const page = await chains().verdicts(ours, vault, set, { size: 15, token: '' });
    expect(page.verdicts).toHaveLength(15);
    expect(page.verdicts[0]).toMatchObject({
      resourceId: ann,
      number: 1,
      stays: false,
      explanation: 'goes because it was replaced on 2026-11-02 and no rule of the policy asks for it any more',
    });
    const rest = await chains().verdicts(ours, vault, set, { size: 15, token: page.next ?? '' });
    expect(rest.verdicts.map(({ number, stays }) => [number, stays])).toEqual([
      [6, false],
      [7, false],
      [8, true],
      [9, true],
      [10, true],
    ]);
    expect(rest.next).toBeUndefined();
  });

  it('keeps all of what a legal hold is on, says so, and lets it go when the hold is lifted', async () => {
    const vault = await tenNights();
    const whoLeft = new Map([[bob, day(9)]]);
    expect(await retain(vault, new Terms({ policy: { days: 1 } }, whoLeft, new Set([bob])))).toMatchObject({
      kept: 12,
    });
    expect(await left(vault, ann)).toEqual([8, 9]);
    expect(await left(vault, bob)).toHaveLength(10);
    const { verdicts } = await chains().verdicts(ours, vault, set, { size: 100, token: '' });
    const ofBob = verdicts.filter(({ resourceId }) => resourceId === bob);
    expect(ofBob[0]?.explanation).toBe('kept because a legal hold forbids to remove it');
    await retain(vault, new Terms({ policy: { days: 1 } }, whoLeft));
    expect((await left(vault, bob)).length).toBeLessThan(3);
  });

  it('keeps what a destination keeps locked, says until when, and marks what stays for that alone', async () => {
    const vault = await tenNights([ann]);
    const until = (number: number) => new Date(day(number === 8 ? 5 : 20));
    for (const number of [3, 8, 9]) await lockAt(vault, `snapshots/${ann}/${number}`, until(number));
    expect(await retain(vault, new Terms({ policy: { jobs: 1 } }))).toEqual({ resources: 1, kept: 2, retired: 8 });
    expect(await left(vault, ann)).toEqual([3, 9]);
    const { verdicts } = await chains().verdicts(ours, vault, set, { size: 100, token: '' });
    const words = verdicts.filter(({ stays }) => stays).map(({ explanation }) => explanation);
    expect(words[0]).toBe('kept because the destination keeps it locked until 2026-11-21');
    expect(words[1]).toMatch(/^kept because it is the newest of its resource; .*locked until 2026-11-21$/);
    const marked = await database().inTenant(ours, (tx) =>
      tx
        .selectFrom('retention_verdicts')
        .select('stays')
        .where('vault_id', '=', vault)
        .where('is_only_locked', '=', true)
        .execute(),
    );
    expect(marked).toEqual([{ stays: true }]);
    await retain(vault, new Terms({ policy: { jobs: 1 }, now: day(20) + 1 }));
    expect(await left(vault, ann)).toEqual([9]);
  });

  it('lets go even the newest of a resource that left, when its time is over', async () => {
    const vault = await tenNights([ann]);
    for (let number = 0; number < 5; number++) await snapshotOf(vault, bob, number);
    const terms = new Terms({ policy: { days: 2 } }, new Map([[bob, day(5)]]));
    expect(await retain(vault, terms)).toEqual({ resources: 2, kept: 3, retired: 12 });
    expect(await left(vault, bob)).toEqual([]);
    await retain(vault, terms);
    const { verdicts } = await chains().verdicts(ours, vault, set, { size: 100, token: '' });
    const present = verdicts.filter(({ wentAt }) => wentAt === undefined);
    expect(new Set(present.map(({ resourceId }) => resourceId))).toEqual(new Set([ann]));
  });

  it('ends between two chains when it is stopped, with what it decided kept', async () => {
    const vault = await tenNights();
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(retain(vault, new Terms({ policy: { jobs: 1 } }), stop.signal)).rejects.toThrow('stopped');
    expect(await left(vault, ann)).toHaveLength(10);
  });

  it('never touches another tenant, whose chain has the same names', async () => {
    const vault = await tenNights();
    expect(await chains().resources(theirs, vault, set, { after: '', size: 10 })).toEqual([]);
    expect((await chains().verdicts(theirs, vault, set, { size: 10, token: '' })).verdicts).toEqual([]);
  });

  it('refuses a page token that no page gave', async () => {
    const vault = await newVault(database(), ours);
    await expect(chains().verdicts(ours, vault, set, { size: 10, token: 'x' })).rejects.toThrow('pageToken');
  });
});

describe('snapshots that are made anew', () => {
  const chain = { backupSetId: set, resourceId: ann };
  const explanation = 'goes because it was made anew';
  const idsOf = async (vault: VaultId) =>
    (await chains().snapshots(ours, vault, chain)).map(({ snapshot, number }) => [number, snapshot] as const);
  const erasures = () => new PostgresErasures(database());

  async function partlyAnew(): Promise<{ vault: VaultId; going: SnapshotId[]; standing: SnapshotId[] }> {
    const vault = await tenNights([ann]);
    const going = (await idsOf(vault)).slice(7).map(([, id]) => id);
    const standing = [await snapshotOf(vault, ann, 7, 10)];
    return { vault, going, standing };
  }

  async function anew() {
    const made = await partlyAnew();
    for (const place of [8, 9]) made.standing.push(await snapshotOf(made.vault, ann, place, place + 3));
    const jobId = parseJobId(randomUUID());
    const run = () => chains().replace(ours, made.vault, chain, { jobId, explanation, ...made });
    return { ...made, run, jobId };
  }

  it('lose no state to a retention that finds some of a chain made anew', async () => {
    const { vault } = await partlyAnew();
    await retain(vault, new Terms({ policy: { jobs: 3 } }));
    expect(await left(vault, ann)).toEqual([7, 8, 9, 7]);
    await retain(vault, new Terms({ policy: { jobs: 2 } }));
    expect(await left(vault, ann)).toEqual([8, 9]);
  });

  it('take the place of the others at once, say why those went, and have their bytes erased', async () => {
    const { vault, run, jobId, going } = await anew();
    expect(await erasures().due(ours, vault)).toBeUndefined();
    expect([await run(), await run()]).toEqual([true, true]);
    expect(await left(vault, ann)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect((await idsOf(vault)).slice(7).map(([number]) => number)).toEqual([11, 12, 13]);
    expect(await erasures().due(ours, vault)).toBeDefined();
    await retain(vault, new Terms({ policy: { jobs: 3 } }));
    const { verdicts } = await chains().verdicts(ours, vault, set, { size: 100, token: '' });
    expect(verdicts.filter((one) => going.includes(one.snapshotId))).toEqual(
      going.map((snapshotId) => expect.objectContaining({ snapshotId, jobId, stays: false, explanation })),
    );
  });

  it('replace none where one of them can be seen no more, and have erased what retention let go with it', async () => {
    const { vault, run } = await anew();
    await retain(vault, new Terms({ policy: { jobs: 2 } }));
    const before = await idsOf(vault);
    expect(before.map(([number]) => number)).toEqual([9, 10, 12, 13]);
    expect(await run()).toBe(false);
    expect(await idsOf(vault)).toEqual(before);
    expect(await erasures().due(ours, vault)).toBeDefined();
  });

  it('replace nothing of another chain or tenant', async () => {
    const { vault, going, standing } = await anew();
    const bobs = [await snapshotOf(vault, bob, 3)];
    const replaced = { jobId: parseJobId(randomUUID()), explanation };
    expect(await chains().replace(ours, vault, chain, { ...replaced, going: bobs, standing })).toBe(true);
    expect(await left(vault, bob)).toEqual([3]);
    expect(await chains().replace(ours, vault, chain, { ...replaced, going, standing: bobs })).toBe(false);
    expect(await chains().replace(theirs, vault, chain, { ...replaced, going, standing })).toBe(false);
    expect(await left(vault, ann)).toHaveLength(13);
  });
});
