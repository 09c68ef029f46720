import { AppError, type Clock } from '@holdfast/kernel';
import { compareModels } from './compare.js';
import { judge, type FidelityEntry, type Verdict } from './fidelity.js';
import type { DemoOptions } from './options.js';
import type { ModelEntry } from './simulator-control.js';
import type { Step } from './step.js';
import { CLOUD, type RunningSystem } from './system.js';

const JOB_WITHIN_MS = 600_000;
/** Part of each user's things that the attacker harms. */
const ATTACKED_SHARE = 0.3;

/**
 * Behaviours that no page confirms and that no client could make up for: with the other choice a change is not told at all, and
 * nothing that a client may ask cheaply shows it. All others stay as the seed drew them.
 */
export const FIXED_SWITCHES = {
  'mail.delta-read-flag': 'full',
} as const;

export interface DemoResult {
  readonly steps: readonly Step[];
  readonly verdict: Verdict;
}

interface Demo {
  readonly system: RunningSystem;
  readonly options: DemoOptions;
  readonly clock: Clock;
  readonly say: (step: Step) => void;
}

interface Place {
  /** Microsoft's id. */
  readonly directoryId: string;
  /** Holdfast's id. */
  readonly tenantId: string;
  readonly setId: string;
}

/** The main job: a tenant is backed up, lives a week, is backed up again, is attacked, and is restored as it was. */
export async function runDemo(demo: Demo, declared: readonly FidelityEntry[]): Promise<DemoResult> {
  const { control } = demo.system;
  const { seed } = demo.options;
  const place = await register(demo);
  const steps: Step[] = [];
  const done = (step: Step) => {
    steps.push(step);
    demo.say(step);
  };
  done((await backUp(demo, place, 'first backup')).step);
  await control.live(place.directoryId, { days: 3, joiners: 1, leavers: 0, seed });
  done((await backUp(demo, place, 'increment, day 3')).step);
  await control.live(place.directoryId, { days: 4, joiners: 0, leavers: 1, seed: seed + 1 });
  const last = await backUp(demo, place, 'increment, day 7');
  done(last.step);
  await control.snapshot(place.directoryId, 'week');
  const was = await control.readSnapshot(place.directoryId, 'week');
  await control.destroy(place.directoryId, { seed, share: ATTACKED_SHARE });
  const damaged = await control.dump(place.directoryId);
  const step = await restore(demo, place, { jobId: last.jobId, was });
  const is = await control.dump(place.directoryId);
  const verdict = judge(compareModels({ was, damaged, is }), declared);
  done({ ...step, differences: verdict.undeclared.length });
  return { steps, verdict };
}

async function register({ system, options }: Demo): Promise<Place> {
  const { api, control } = system;
  const { seed, users, messages, files } = options;
  const simulated = await control.createTenant({ users, messages, files, seed });
  await control.setSwitches(simulated.tenantId, FIXED_SWITCHES);
  const { tenantId } = await api.createTenant({
    displayName: 'Demo tenant',
    directoryId: simulated.tenantId,
    clientId: simulated.clientId,
    cloud: CLOUD,
    credential: { kind: 'secret', clientSecret: simulated.clientSecret },
  });
  mustPass('The tenant', await api.testTenant(tenantId));
  const { destinationId } = await api.createDestination(tenantId, system.destination);
  mustPass('The destination', await api.testDestination(tenantId, destinationId));
  const workloads = ['mail', 'drive'] as const;
  const { backupSet } = await api.createSet(tenantId, {
    displayName: 'Everybody',
    destinationIds: [destinationId],
    workloads,
  });
  return { directoryId: simulated.tenantId, tenantId, setId: backupSet.backupSetId };
}

interface Report {
  readonly ok: boolean;
  readonly steps: readonly { readonly name: string; readonly ok: boolean; readonly message: string }[];
}

function mustPass(what: string, { ok, steps }: Report): void {
  if (ok) return;
  const failed = steps.filter((step) => !step.ok).map(({ name, message }) => `${name}: ${message}`);
  throw new AppError('FAILED_PRECONDITION', `${what} did not pass its test. ${failed.join(' ')}`);
}

async function backUp(demo: Demo, place: Place, name: string): Promise<{ step: Step; jobId: string }> {
  const { api } = demo.system;
  const measured = await measure(demo, async () => {
    const started = await api.startBackup(place.tenantId, place.setId);
    return api.ended(place.tenantId, started.jobId, JOB_WITHIN_MS);
  });
  const { jobId, state } = measured.result;
  if (state !== 'completed' && state !== 'completed-with-warnings') await explain(demo, place, jobId, state);
  const report = await api.jobReport(place.tenantId, jobId);
  const changed = [report.newItems, report.updated, report.attributesChanged, report.moved, report.deleted];
  const items = changed.reduce((sum, tally) => sum + tally.items, 0);
  const { originalBytes: bytes, storedBytes } = report;
  return { jobId, step: { name, items, bytes, storedBytes, requests: measured.requests, seconds: measured.seconds } };
}

async function explain({ system }: Demo, { tenantId }: Place, jobId: string, state: string): Promise<never> {
  const tasks = await system.api.tasks(tenantId, jobId);
  const bad = tasks.filter((task) => !task.state.startsWith('completed'));
  const lines = bad.map(
    ({ resourceId, state: how, lastErrorCode = '', lastErrorMessage = '' }) =>
      `  ${resourceId}: ${how} ${lastErrorCode} ${lastErrorMessage}`,
  );
  throw new AppError('FAILED_PRECONDITION', `The job ended as ${state}.\n${lines.join('\n')}`);
}

/** Every user's mail and drive, to where they were, from the last job. Who has left is not there to be restored into. */
async function restore(
  demo: Demo,
  place: Place,
  from: { readonly jobId: string; readonly was: readonly ModelEntry[] },
): Promise<Step> {
  const { api } = demo.system;
  const { tenantId } = place;
  const present = new Set(from.was.map(({ userId }) => userId));
  const snapshots = await api.snapshotsAsOf(tenantId, from.jobId);
  const sources = snapshots
    .map(({ resourceId }) => ({ resourceId }))
    .filter(({ resourceId }) => present.has(resourceId.slice(resourceId.indexOf('.') + 1)));
  const { result, requests, seconds } = await measure(demo, async () => {
    const plan = await api.createPlan(tenantId, { from: { jobId: from.jobId }, sources, policy: 'overwrite' });
    const { jobId } = await api.performPlan(tenantId, plan.planId);
    const job = await api.ended(tenantId, jobId, JOB_WITHIN_MS);
    if (job.state !== 'completed' && job.state !== 'completed-with-warnings')
      await explainRestore(demo, place, plan.planId, job.state);
    return plan;
  });
  const { createFolders, create, overwrite, keepBoth, bytes } = result.counts;
  return { name: 'restore', items: createFolders + create + overwrite + keepBoth, bytes, requests, seconds };
}

async function explainRestore({ system }: Demo, { tenantId }: Place, planId: string, state: string): Promise<never> {
  const { failures, failed } = await system.api.restoreReport(tenantId, planId);
  const lines = failures
    .slice(0, 10)
    .map(
      ({ resourceId, path, name, errorCode = '', errorMessage = '' }) =>
        `  ${resourceId} ${path}/${name}: ${errorCode} ${errorMessage}`,
    );
  throw new AppError(
    'FAILED_PRECONDITION',
    `The restore ended as ${state}; ${failed} steps failed.\n${lines.join('\n')}`,
  );
}

async function measure<T>({ system, clock }: Demo, work: () => Promise<T>) {
  const before = await system.control.requestCount();
  const startedAt = clock.now();
  const result = await work();
  const seconds = (clock.now() - startedAt) / 1000;
  return { result, seconds, requests: (await system.control.requestCount()) - before };
}
