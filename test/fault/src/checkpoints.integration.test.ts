import { Dice, IN_PEACE, runJob, TenantUnderTest } from '@holdfast/oracle';
import { describeWithServer } from '@holdfast/testkit';
import { missingDocker } from '@holdfast/testkit/containers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { contentReads, IN_HAND, readAgain } from './content-reads.js';
import { type FaultSystem, startFaultSystem } from './fault-system.js';

const MESSAGES = 240;
/** Far into the mailbox: beginning anew would read far more again than anybody has in hand. */
const KILLED_AT = [90, 180];
const SEED = 3;

describeWithServer('a task that is taken over', missingDocker(), () => {
  let faults: FaultSystem;
  beforeAll(async () => {
    faults = await startFaultSystem();
  }, 300_000);
  afterAll(() => faults.system.close(), 60_000);

  it('goes on from its checkpoint, and reads nothing from Microsoft again that is stored', async () => {
    const { control } = faults.system;
    const place = await faults.newPlace('bucket', 'checkpoints');
    const tenant = await TenantUnderTest.register(faults.system, new Dice(SEED), {
      messages: MESSAGES,
      files: 1,
      place,
    });
    const { directoryId } = tenant;
    const since = await control.requestCount();
    const readsNow = async () => contentReads(await control.requests(since), directoryId);
    await tenant.disturb([{ fault: 'slow', ms: 50, match: { tenantId: directoryId } }]);
    const job = runJob(tenant, { ...IN_PEACE, name: 'taken over', withinMs: 240_000 });
    for (const moment of KILLED_AT) {
      while ((await readsNow()).size < moment) await setTimeout(20);
      for (const process of faults.cluster.processes) if (process.service === 'crawler') process.kill();
    }
    const { jobId, faults: wrong } = await job;
    const leases = await faults.book.leasesOf(jobId);
    const reads = await readsNow();
    expect(wrong).toEqual([]);
    expect(leases.length).toBeGreaterThan(new Set(leases.map(({ resourceId }) => resourceId)).size);
    expect(reads.size).toBeGreaterThanOrEqual(MESSAGES);
    expect(readAgain(reads, leases, IN_HAND)).toEqual([]);
  }, 300_000);
});
