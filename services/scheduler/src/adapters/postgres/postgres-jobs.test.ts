import { parseBackupSetId, parseJobId, parseResourceId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { PostgresJobs } from './postgres-jobs.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const database = useSchedulerDatabase();

/** A job of the set that began then. */
async function began(set: string, at: string) {
  const jobId = parseJobId(randomUUID());
  await new PostgresJobs(database()).open(ours, {
    ...{ jobId, kind: 'check', backupSetId: parseBackupSetId(set), vaultId: parseVaultId(randomUUID()) },
    ...{ timeZone: 'UTC', fullCheck: false, dryRun: false },
  });
  await database().inTenant(ours, (tx) =>
    tx
      .updateTable('jobs')
      .set({ started_at: sql<Date>`${at}::timestamptz` })
      .where('job_id', '=', jobId)
      .execute(),
  );
  return jobId;
}

describe('what is told of a job', () => {
  it('bears the time at which it happened, not that of the start', async () => {
    const jobs = new PostgresJobs(database());
    const jobId = await began(randomUUID(), '2026-11-30 12:00:00+00');
    await jobs.addTasks(ours, jobId, [parseResourceId('mail.u1')]);
    await jobs.close(ours, jobId, []);
    await jobs.requestStop(ours, jobId);
    const { rows } = await database().inTenant(ours, (tx) =>
      sql<{ at: number; started: number }>`
        select (payload->>'atMs')::bigint as at, (payload->>'startedAtMs')::bigint as started from outbox
        where event = 'job.changed.v1' and payload->>'jobId' = ${jobId} and payload->>'state' = 'stopping'`.execute(tx),
    );
    expect(rows[0]!.at).toBeGreaterThan(rows[0]!.started);
  });
});

describe('the list of jobs', () => {
  it('names each of those that began within one millisecond, page by page, newest first', async () => {
    const jobs = new PostgresJobs(database());
    const set = randomUUID();
    const wanted: string[] = [];
    for (const part of ['.123900', '.123500', '.123100', '.122999'])
      wanted.push(await began(set, `2026-11-30 12:00:00${part}+00`));
    const seen: string[] = [];
    for (let from: string | undefined = ''; from !== undefined;) {
      const { rows, next } = await jobs.list(ours, parseBackupSetId(set), { size: 1, from });
      seen.push(...rows.map(({ jobId }) => jobId));
      from = next;
    }
    expect(seen).toEqual(wanted);
  });

  it.each([
    [1_796_000_000_000, randomUUID()],
    ['2026-11-30T12:00:00.123456Z', 'x'],
    ['2026-02-31T12:00:00.123456Z', randomUUID()],
    ['now', randomUUID()],
  ])('refuses a token that it did not give out: %s', async (...key) => {
    const from = Buffer.from(JSON.stringify(key)).toString('base64url');
    await expect(new PostgresJobs(database()).list(ours, undefined, { size: 1, from })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
