import { CLOUD, type RunningSystem } from '@holdfast/demo';
import { AppError, parseJobId, resourceParts } from '@holdfast/kernel';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkSaved, type Fault } from './check.js';
import { draw } from './draw.js';
import { drawFaults } from './draw-faults.js';
import { FolderVault } from './folder-vault.js';
import { modelStates, savedStates, type Leniency, type States } from './states.js';

const SIZE = { users: 2, messages: 12, files: 8 };
const JOB_WITHIN_MS = 60_000;
const OPERATIONS = 12;
const OPERATIONS_WHILE_RUNNING = 6;

/** What a seed found. */
export interface SeedResult {
  readonly seed: number;
  readonly items: number;
  readonly faults: readonly (Fault & { readonly job: string })[];
}

interface Subject {
  readonly system: RunningSystem;
  readonly seed: number;
  readonly directoryId: string;
  readonly tenantId: string;
  readonly setId: string;
  readonly folder: string;
  readonly keyText: string;
  readonly leniency: Leniency;
}

/** One tenant through three backups: amid faults, amid faults and changes, and in peace. What each saved is held against the model then. */
export async function runSeed(system: RunningSystem, seed: number): Promise<SeedResult> {
  const subject = await register(system, seed);
  try {
    const first = await still(subject, 'first, with faults', true);
    await live(subject, 'between', OPERATIONS);
    const second = await moving(subject, 'changes while it runs');
    await live(subject, 'after', OPERATIONS);
    const third = await still(subject, 'in peace', false);
    const all = [first, second, third];
    return { seed, items: all.reduce((sum, { items }) => sum + items, 0), faults: all.flatMap(({ faults }) => faults) };
  } finally {
    await system.control.removeTenant(subject.directoryId);
    await rm(subject.folder, { recursive: true, force: true });
  }
}

async function register(system: RunningSystem, seed: number): Promise<Subject> {
  const { api, control } = system;
  const simulated = await control.createTenant({ ...SIZE, seed });
  const switches = await control.setSwitches(simulated.tenantId, {});
  const { tenantId } = await api.createTenant({
    displayName: `Seed ${seed}`,
    directoryId: simulated.tenantId,
    clientId: simulated.clientId,
    cloud: CLOUD,
    credential: { kind: 'secret', clientSecret: simulated.clientSecret },
  });
  const folder = join(system.backups, `seed-${seed}`);
  await mkdir(folder, { recursive: true });
  const { destinationId } = await api.createFolderDestination(tenantId, folder);
  const workloads = ['mail', 'drive'] as const;
  const { backupSet, keyText } = await api.createSet(tenantId, { displayName: 'All', destinationId, workloads });
  if (keyText === undefined) throw new AppError('INTERNAL', 'A new vault shows its key once.');
  const leniency = { isReadSilent: switches['mail.delta-read-flag'] === 'silent' };
  const { backupSetId: setId } = backupSet;
  return { system, seed, directoryId: simulated.tenantId, tenantId, setId, folder, keyText, leniency };
}

function live({ system, seed, directoryId }: Subject, name: string, operations: number): Promise<number> {
  const week = { days: 0, joiners: 0, leavers: 0, seed: draw(seed, name, 1_000_000), operations };
  return system.control.live(directoryId, week);
}

async function model({ system, directoryId, leniency }: Subject): Promise<States> {
  return modelStates(await system.control.dump(directoryId), leniency);
}

type JobResult = Pick<SeedResult, 'items' | 'faults'>;

async function still(subject: Subject, name: string, withFaults: boolean): Promise<JobResult> {
  const models = [await model(subject)];
  return check(subject, name, models, await backUp(subject, withFaults, async () => undefined));
}

/** The tenant goes on while the job runs; every model that it goes through is kept. */
async function moving(subject: Subject, name: string): Promise<JobResult> {
  const models = [await model(subject)];
  const jobId = await backUp(subject, true, async () => {
    for (let operation = 0; operation < OPERATIONS_WHILE_RUNNING; operation += 1) {
      await live(subject, `while/${operation}`, 1);
      models.push(await model(subject));
    }
  });
  return check(subject, name, models, jobId);
}

async function backUp(subject: Subject, withFaults: boolean, meanwhile: () => Promise<void>): Promise<string> {
  const { system, seed, tenantId, setId, directoryId } = subject;
  const rules = withFaults ? await system.control.addFaults(drawFaults(seed, directoryId)) : [];
  const { jobId } = await system.api.startBackup(tenantId, setId);
  await meanwhile();
  const job = await system.api.ended(tenantId, jobId, JOB_WITHIN_MS);
  for (const rule of rules) await system.control.removeFault(rule);
  if (job.state === 'completed' || job.state === 'completed-with-warnings') return jobId;
  const tasks = await system.api.tasks(tenantId, jobId);
  // Amid faults a job may owe items and say so; without them it may not.
  if (withFaults && tasks.every(({ state }) => state !== 'failed')) return jobId;
  const reasons = tasks.map(({ resourceId, state, lastErrorCode = '', lastErrorMessage = '' }) =>
    [resourceId, state, lastErrorCode, lastErrorMessage].join(' '),
  );
  throw new AppError('FAILED_PRECONDITION', `The job ended as ${job.state}.\n  ${reasons.join('\n  ')}`);
}

async function check(subject: Subject, name: string, models: readonly States[], jobId: string): Promise<JobResult> {
  const vault = await FolderVault.open(subject.folder, subject.keyText);
  const saved = new Map<string, string>();
  const owed = new Set<string>();
  for (const resource of await vault.savedBy(parseJobId(jobId))) {
    const owner = resourceParts(resource.resource).ownerId;
    for (const record of resource.items.values()) await vault.prove(record);
    for (const [item, state] of savedStates(owner, resource.items, subject.leniency)) saved.set(item, state);
    for (const id of resource.owed) owed.add(`${owner}/${id}`);
  }
  const faults = checkSaved(saved, models).filter(({ item }) => !owed.has(item));
  return { items: saved.size, faults: faults.map((fault) => ({ ...fault, job: name })) };
}
