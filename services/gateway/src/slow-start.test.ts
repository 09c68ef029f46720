import { AppError } from '@holdfast/kernel';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { OURS, SET } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.close());

it('waits for a backup that starts by reading a large directory, and does not say that it could not be started', async () => {
  const { startBackup } = gateway.fakes.answers.JobService;
  gateway.fakes.answers.JobService['startBackup'] = async (request) => {
    await setTimeout(32_000);
    return await startBackup?.(request);
  };
  const { status } = await gateway.call('POST', `tenants/${OURS}/backup-sets/${SET}/jobs`);
  expect(status).toBe(201);
}, 60_000);

it('says that it may have started where nobody answered', async () => {
  gateway.fakes.answers.JobService['startBackup'] = () => {
    throw new AppError('DEPENDENCY_UNAVAILABLE', 'It is away.');
  };
  const { status, body } = await gateway.call('POST', `tenants/${OURS}/backup-sets/${SET}/jobs`);
  expect([status, body.error.message]).toEqual([503, expect.stringContaining('may have started all the same')]);
});
