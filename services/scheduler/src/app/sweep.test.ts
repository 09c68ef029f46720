import { parseJobId, parseTenantId } from '@holdfast/kernel';
import type { Logger } from '@holdfast/platform';
import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eachByItself } from './each-by-itself.js';
import { Sweep } from './sweep.js';

it('goes on with every part after one that failed, and tells each failure with its cause and what it befell', async () => {
  const tenantId = parseTenantId(randomUUID());
  const jobs = [1, 2, 3].map(() => ({ tenantId, jobId: parseJobId(randomUUID()) }));
  const done: string[] = [];
  const told: unknown[] = [];
  const failing = new Error('The database is being changed.');
  const part = (name: string) => async () => void done.push(name);
  const logger = { warn: (_: string, fields: object) => told.push(fields) } as unknown as Logger;
  const dependencies = [
    { follow: async () => 0 },
    { lapsedAndStopped: async () => [], ringAgain: async () => Promise.reject(failing) },
    { parkWornOut: part('parkWornOut') },
    {
      resumeLeftOpen: () =>
        eachByItself(jobs, async (job) => {
          if (job === jobs[1]) done.push('second job');
          else throw failing;
        }),
    },
    { resumeLeftOpen: part('housekeeping') },
    { run: part('endLeftOpen') },
    { run: part('freeAfterDeletions') },
    { run: part('startDueRetentions') },
    { run: part('warnRunning') },
    logger,
  ] as unknown as ConstructorParameters<typeof Sweep>;
  await new Sweep(...dependencies).run();
  const after = ['housekeeping', 'endLeftOpen', 'freeAfterDeletions', 'startDueRetentions', 'warnRunning'];
  expect(done).toEqual(['parkWornOut', 'second job', ...after]);
  expect(told).toEqual([
    { part: 'ring again', error: failing },
    { part: 'backups left open', tenantId, jobId: jobs[0]?.jobId, error: failing },
    { part: 'backups left open', tenantId, jobId: jobs[2]?.jobId, error: failing },
  ]);
});
