import { expect, it } from '@jest/globals';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const CONCEAL = 'reports.conceal-names';
const { start } = useProtectedTenant();

/** Within a fifth of what came to be. */
function expectNear(quoted: number, spent: number): void {
  expect(quoted).toBeGreaterThan(spent * 0.8);
  expect(quoted).toBeLessThan(spent * 1.2);
}

it('quotes a first backup by usage reports and the next by what the one before took', async () => {
  const { api, tenantId, set, control, directoryId } = await start({
    messages: 400,
    files: 250,
    destinations: ['backups'],
    settings: {},
  });
  const backUp = async () => {
    const { jobId } = await api.startBackup(tenantId, set);
    await api.ended(tenantId, jobId, WITHIN_MS);
    return api.jobReport(tenantId, jobId);
  };

  await control.setSwitches(directoryId, { [CONCEAL]: false });
  const first = await api.quoteBackup(tenantId, set);
  expect(first).toMatchObject({ resources: 4, firstReads: 4, unknown: 0, bindingLimit: 'mailbox-concurrency' });
  expect(first.asOfDay).toMatch(/^20\d\d-\d\d-\d\d$/);
  const full = await backUp();
  expectNear(first.requests, full.requests);
  expectNear(first.units, full.resourceUnits);
  expectNear(first.bytes, full.originalBytes);
  expectNear(first.items, full.newItems.items);
  // Before anything was measured a request counts as 240 ms, and four go at a time.
  expect(first.expectedMs).toBeGreaterThan((400 * 240) / 4);
  expect(first.expectedMs).toBeLessThan((600 * 240) / 4);

  const afterFull = await api.quoteBackup(tenantId, set);
  expect(afterFull).toMatchObject({ resources: 4, firstReads: 0, unknown: 0, bytes: 0 });
  expect(afterFull.asOfDay).toBeUndefined();
  const increment = await backUp();
  expectNear(afterFull.requests, increment.requests);
  expect(afterFull.expectedMs).toBeLessThan((60 * 240) / 4);
  const afterIncrement = await api.quoteBackup(tenantId, set);
  expectNear(afterIncrement.requests, (await backUp()).requests);
}, 300_000);

it('says what is not in the figures where reports conceal names', async () => {
  const { api, tenantId, set, control, directoryId } = await start({
    messages: 5,
    files: 5,
    destinations: ['backups'],
    settings: {},
  });
  await control.setSwitches(directoryId, { [CONCEAL]: true });
  expect(await api.quoteBackup(tenantId, set)).toMatchObject({ resources: 4, firstReads: 4, unknown: 4, requests: 0 });
}, 120_000);
