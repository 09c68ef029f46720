import { parseJobId, parseResourceId, parseTaskId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { logContext } from '@holdfast/platform';
import { startTestTelemetry } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { inTask } from './in-task.js';
import { ProgressCounts } from './progress-counts.js';
import type { Lease } from './task-desk.js';

const id = (letter: string) => `${letter.repeat(8)}-0000-4000-8000-000000000000`;
const lease: Lease = {
  kind: 'backup',
  grant: 'g',
  leaseMs: 60_000,
  tenantId: parseTenantId(id('a')),
  taskId: parseTaskId(id('b')),
  jobId: parseJobId(id('c')),
  vaultId: parseVaultId(id('e')),
  resourceId: parseResourceId('mail.u1'),
  epoch: 3,
  timeZone: 'UTC',
  jobStartedAtMs: 0,
  fullCheck: false,
  lane: 'increment',
  excludedItemIds: [],
};
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const progress = { itemsExpected: 0, requests: 0, throttled: 0, requestMs: 0 };

describe('inTask', () => {
  it('works in the trace of the job’s request, under the task’s ids', async () => {
    const { end } = await startTestTelemetry();
    let ids: object = {};
    const work = async () => void (ids = logContext());
    await inTask('backup', { ...lease, traceparent: `00-${TRACE}-b7ad6b7169203331-01` }, work);
    await inTask('restore', lease, work);
    const [backup, restore] = (await end()).spans;
    expect(ids).toMatchObject({ tenant: lease.tenantId, job: lease.jobId, task: lease.taskId, resource: 'mail.u1' });
    expect(backup).toMatchObject({ name: 'backup task', traceId: TRACE, parentSpanId: 'b7ad6b7169203331' });
    expect(backup?.attributes).toMatchObject({ 'holdfast.task.id': lease.taskId, 'holdfast.lane': 'increment' });
    expect(restore).toMatchObject({ name: 'restore task', parentSpanId: '' });
  });
});

describe('ProgressCounts', () => {
  it('counts what is new since it was told before, and nothing that goes back', async () => {
    const { end } = await startTestTelemetry();
    const counts = new ProgressCounts(lease);
    for (const itemsDone of [3, 3, 10, 2]) counts.told({ ...progress, itemsDone, bytesDone: itemsDone * 10 });
    const told = await end();
    expect(told.sum('holdfast.progress.items', { kind: 'backup', workload: 'mail' })).toBe(10);
    expect(told.sum('holdfast.progress.bytes', { kind: 'backup', workload: 'mail' })).toBe(100);
  });
});
