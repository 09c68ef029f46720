import { compareModels, type HoldfastApi, judge, parseFidelity } from '@holdfast/demo';
import { expect } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 180_000;
const WELL = /^completed(-with-warnings)?$/;

type Tenant = Awaited<ReturnType<ReturnType<typeof useProtectedTenant>['start']>>;

/** The job when it has ended well; else its tasks as the failure. */
export const endedWell = async (api: HoldfastApi, tenantId: string, jobId: string) => {
  const job = await api.ended(tenantId, jobId, WITHIN_MS);
  if (!WELL.test(job.state)) throw new Error(JSON.stringify(await api.tasks(tenantId, jobId)));
  return job;
};

/** An attacker destroys a third of everything; what a plan brings back is held against the model. */
export async function restoreEverything(
  api: HoldfastApi,
  { tenantId, control, directoryId }: Pick<Tenant, 'tenantId' | 'control' | 'directoryId'>,
  jobId: string,
): Promise<void> {
  const was = await control.dump(directoryId);
  await control.destroy(directoryId, { seed: 3, share: 0.3 });
  const damaged = await control.dump(directoryId);
  const sources = (await api.snapshotsAsOf(tenantId, jobId)).map(({ resourceId }) => ({ resourceId }));
  const plan = await api.createPlan(tenantId, { from: { jobId }, sources, policy: 'overwrite' });
  await endedWell(api, tenantId, (await api.performPlan(tenantId, plan.planId)).jobId);
  const fidelity = parseFidelity(await readFile(resolve(import.meta.dirname, '../../../docs/fidelity.md'), 'utf8'));
  const verdict = judge(compareModels({ was, damaged, is: await control.dump(directoryId) }), fidelity);
  expect(verdict.undeclared).toEqual([]);
}
