import type { GrantClaims } from '@holdfast/contracts';
import { parseJobId, parseTaskId, parseTenantId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import type { Deletions } from './deletions.port.js';
import type { GrantSigner } from './grant-signer.port.js';
import type { Progress, Task } from './jobs.port.js';
import { LeaseTask } from './lease-task.js';
import type { LeasedTask, Tasks } from './tasks.port.js';

const NOW = 1_700_000_000_000;
const LEASE_MS = 60_000;
const DAY_MS = 86_400_000;
const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const taskId = parseTaskId('eeeeeeee-0000-4000-8000-000000000000');
const jobId = parseJobId('dddddddd-0000-4000-8000-000000000000');

/** Seconds from scheduler's now until the grants end that a lease and its renewal bring, when PostgreSQL's clock is off by so much. */
async function grantsLast(databaseOffMs: number): Promise<number[]> {
  const task = { tenantId: tenant, taskId, jobId, kind: 'backup', epoch: 1 } as Task;
  const expiresAtMs = NOW + databaseOffMs + LEASE_MS;
  const leased = { task, lane: 'increment', checkpoint: new Uint8Array(), expiresAtMs } as LeasedTask;
  const tasks = {
    get: async () => task,
    lease: async () => leased,
    renew: async () => ({ expiresAtMs, isStopRequested: false }),
  };
  const signed: GrantClaims[] = [];
  const signer = {
    sign: async (claims: GrantClaims) => {
      signed.push(claims);
      return 'the-grant';
    },
  };
  const verb = new LeaseTask(
    tasks as unknown as Tasks,
    signer as unknown as GrantSigner,
    { ms: LEASE_MS },
    { excludedItems: async () => [] } as unknown as Deletions,
    new MovableClock(NOW),
  );
  await verb.run(tenant, taskId, { identity: 'crawler', name: 'w' });
  await verb.renew(signed[0]!, {} as Progress);
  return signed.map(({ exp }) => exp - NOW / 1_000);
}

describe('LeaseTask', () => {
  it.each([
    ['is right', 0],
    ['is a day behind', -DAY_MS],
  ])('gives a grant that lasts as long as the lease when PostgreSQL’s clock %s', async (_, off) => {
    expect(await grantsLast(off)).toEqual([LEASE_MS / 1_000, LEASE_MS / 1_000]);
  });

  it('gives one that lasts as long as the lease by PostgreSQL’s clock where scheduler’s own is behind', async () => {
    const last = (DAY_MS + LEASE_MS) / 1_000;
    expect(await grantsLast(DAY_MS)).toEqual([last, last]);
  });
});
