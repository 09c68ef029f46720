import type { GrpcConnection } from '@holdfast/platform';
import { SystemClock } from '@holdfast/kernel';
import { NO_PROGRESS } from './perform-task.js';
import { TaskDesk } from './task-desk.js';
import { expect, it } from '@jest/globals';

it('counts a lease from when it was asked for, since scheduler may have given it at once', async () => {
  const answer = async () => {
    await new SystemClock().sleep(200);
    return { grant: 'grant 1', leaseMs: 60_000, isStopRequested: false };
  };
  const scheduler = { client: () => ({ renewLease: answer }) } as unknown as GrpcConnection;
  const { leaseMs } = await new TaskDesk(scheduler, ['restore'], 'worker').renew('grant 0', NO_PROGRESS);
  expect(leaseMs).toBeGreaterThan(0);
  expect(leaseMs).toBeLessThan(59_850);
});
