import { parseJobId, parseResourceId, parseTenantId, parseVaultId, SystemClock } from '@holdfast/kernel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { PostgresClock } from './postgres-clock.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresTasks } from './postgres-tasks.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const HOUR_MS = 3_600_000;
const LEASE_MS = 60_000;

const database = useSchedulerDatabase();
const clock = (leaseMs = LEASE_MS) => new PostgresClock(database(), { ms: leaseMs });
const tasks = () => new PostgresTasks(database(), new SystemClock());

/** As everything looks once the clock has gone back: what was written before lies ahead by so much. */
async function goBack(byMs: number): Promise<void> {
  const by = sql`${byMs} * interval '1 millisecond'`;
  await database().acrossTenants('clock', async (tx) => {
    await sql`update tasks set not_before = not_before + ${by}, rung_at = rung_at + ${by}, lease_expires_at = lease_expires_at + ${by}`.execute(
      tx,
    );
    await sql`update jobs set touched_at = touched_at + ${by}`.execute(tx);
    await sql`select setval('clock_seen', (extract(epoch from clock_timestamp()) * 1000)::bigint + ${byMs}::bigint)`.execute(
      tx,
    );
  });
}

async function openTasks(names: readonly string[]) {
  const jobs = new PostgresJobs(database());
  const jobId = parseJobId(randomUUID());
  const of = { jobId, kind: 'restore', vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false } as const;
  await jobs.open(ours, { ...of, planId: randomUUID() });
  await jobs.addTasks(
    ours,
    jobId,
    names.map((name) => parseResourceId(`mail.${name}`)),
  );
  await jobs.close(ours, jobId, []);
  return (await jobs.listTasks(ours, jobId, { size: 50 })).rows;
}

/** Of a task's lease. */
async function secondsLeft(taskId: string): Promise<number> {
  const { seconds } = await database().inTenant(ours, (tx) =>
    tx
      .selectFrom('tasks')
      .select(sql<number>`extract(epoch from lease_expires_at - now())::float8`.as('seconds'))
      .where('task_id', '=', taskId)
      .executeTakeFirstOrThrow(),
  );
  return seconds;
}

/** As a task that was added after the clock went back. */
async function makeDue(taskId: string): Promise<void> {
  await database().inTenant(ours, (tx) =>
    sql`update tasks set not_before = now(), rung_at = now() where task_id = ${taskId}`.execute(tx),
  );
}

describe('PostgresClock', () => {
  afterEach(() =>
    database().acrossTenants('clock', async (tx) => {
      await sql`delete from tasks`.execute(tx);
      await sql`delete from jobs`.execute(tx);
    }),
  );

  it('has what waits begin and what is held end as if the clock had not gone back, once', async () => {
    const [ready, held, renewed] = await openTasks(['a', 'b', 'c']);
    await clock().follow();
    const lease = (task: typeof ready) => tasks().lease(ours, task!.taskId, 'w', LEASE_MS);
    await lease(held);
    await goBack(2 * HOUR_MS);
    await lease(renewed).then((leased) => expect(leased).toBeUndefined());
    expect(await clock().follow()).toBeGreaterThan(2 * HOUR_MS - LEASE_MS);
    expect(await clock().follow()).toBe(0);
    for (const task of [ready, renewed]) expect(await lease(task)).toBeDefined();
    // It was leased a moment ago: its holder has what was left of the lease, and no more.
    expect(await lease(held)).toBeUndefined();
    const left = await secondsLeft(held!.taskId);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(LEASE_MS / 1_000);
  });

  it('leaves a long lease to whoever took it after the clock went back', async () => {
    const [before, since] = await openTasks(['a', 'b']);
    const long = 10 * LEASE_MS;
    const lease = (task: typeof before) => tasks().lease(ours, task!.taskId, 'w', long);
    await clock(long).follow();
    await lease(before);
    await goBack(2 * HOUR_MS);
    await makeDue(since!.taskId);
    await lease(since);
    await clock(long).follow();
    for (const task of [before, since]) {
      const seconds = await secondsLeft(task!.taskId);
      expect(seconds).toBeGreaterThan((long - LEASE_MS) / 1_000);
      expect(seconds).toBeLessThanOrEqual(long / 1_000);
    }
  });

  it('leaves all as it is while the clock goes on, or back by what a time server corrects', async () => {
    const [waiting] = await openTasks(['a']);
    const leased = await tasks().lease(ours, waiting!.taskId, 'w', LEASE_MS);
    const holding = { taskId: waiting!.taskId, epoch: leased!.task.epoch };
    await tasks().putBack(ours, holding, { code: 'STORE_UNAVAILABLE', message: 'm', afterMs: HOUR_MS, freshStarts: 0 });
    expect(await clock().follow()).toBe(0);
    await database().acrossTenants('clock', (tx) =>
      sql`select setval('clock_seen', last_value + 10000) from clock_seen`.execute(tx),
    );
    expect(await clock().follow()).toBe(0);
    expect(await tasks().lease(ours, waiting!.taskId, 'w', LEASE_MS)).toBeUndefined();
  });

  it('waits for nobody who holds a job and wants its tasks', async () => {
    const [task] = await openTasks(['a']);
    await clock().follow();
    await goBack(2 * HOUR_MS);
    await database().inTenant(ours, async (tx) => {
      const { rows } = await sql`select job_id from jobs for update`.execute(tx);
      expect(rows).toHaveLength(1);
      expect(await clock().follow()).toBeGreaterThan(HOUR_MS);
      await sql`update tasks set attempts = attempts where task_id = ${task!.taskId}`.execute(tx);
    });
  });
});
