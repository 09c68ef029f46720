import { expect, it } from '@jest/globals';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
const { start } = useProtectedTenant();

it('keeps every state of a held account, and lets go of them when the hold is lifted', async () => {
  const { api, tenantId, set } = await start({ messages: 6, files: 2, destinations: ['backups'], settings: {} });
  const endedWell = async (jobId: string) => expect((await api.ended(tenantId, jobId, WITHIN_MS)).state).toMatch(WELL);
  const retain = async () => endedWell((await api.startRetention(tenantId, set)).jobId);
  for (let jobs = 0; jobs < 3; jobs += 1) await endedWell((await api.startBackup(tenantId, set)).jobId);
  const { version, displayName, source, timeZone } = await api.backupSet(tenantId, set);
  await api.changeSet(tenantId, set, {
    version,
    displayName,
    source,
    timeZone,
    retention: { jobs: 1 },
    retentionRuns: 'on-request',
  });

  const [held] = await api.accounts(tenantId);
  const accountId = held?.accountId ?? '';
  const { hold, warnings } = await api.placeHold(tenantId, { on: { kind: 'account', accountId }, reason: 'Case 7' });
  expect(warnings).toEqual([]);
  const numbers = async () => {
    const shown = await api.snapshots(tenantId, set);
    const ofHeld = shown.filter(({ resourceId }) => resourceId.endsWith(accountId));
    return { held: ofHeld.length, others: shown.length - ofHeld.length };
  };
  await retain();
  expect(await numbers()).toEqual({ held: 2 * 3, others: 2 });
  const kept = (await api.retentionVerdicts(tenantId, set)).filter(({ resourceId }) => resourceId.endsWith(accountId));
  expect(kept.every(({ explanation }) => explanation.includes('a legal hold forbids to remove it'))).toBe(true);

  await api.liftHold(tenantId, hold.holdId);
  await retain();
  expect(await numbers()).toEqual({ held: 2, others: 2 });
}, 300_000);
