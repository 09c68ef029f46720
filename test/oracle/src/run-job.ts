import { setTimeout } from 'node:timers/promises';
import { AppError, parseJobId, resourceParts } from '@holdfast/kernel';
import type { OwedItem } from '@holdfast/vault';
import { checkSaved, type Fault } from './check.js';
import { FolderVault } from './folder-vault.js';
import { MovingModel } from './moving-model.js';
import { savedStates, type States } from './states.js';
import type { TenantUnderTest } from './tenant-under-test.js';
import { drawTroubles, refusalOf } from './troubles.js';

const JOB_WITHIN_MS = 60_000;
/** Changes while a job runs, and how far apart: about as long as a job of so small a tenant takes. */
const CHANGES = 5;
const BETWEEN_CHANGES_MS = 60;

export interface JobPlan {
  readonly name: string;
  /** Troubles that pass strike meanwhile. */
  readonly hasTroubles: boolean;
  /** One item, drawn among all, is refused until the job's end. */
  readonly hasRefusal: boolean;
  /** People work while it runs. */
  readonly isMoving: boolean;
}

export interface JobResult {
  readonly jobId: string;
  readonly items: number;
  readonly faults: readonly (Fault & { readonly job: string })[];
}

interface Backup {
  readonly jobId: string;
  readonly state: string;
  /** What the job itself says of its trouble. */
  readonly warnings: readonly string[];
  /** Items that the fault script refused to the end. */
  readonly refused: ReadonlySet<string>;
}

/** Backs the tenant up and holds what was saved against the models that it went through meanwhile. */
export async function runJob(tenant: TenantUnderTest, plan: JobPlan): Promise<JobResult> {
  const moving = await MovingModel.begin(tenant);
  const backup = await backUp(tenant, plan, moving);
  const { saved, owed } = await readBack(tenant, backup.jobId);
  const faults: Fault[] = checkSaved(saved, moving.models).filter(({ item }) => !owed.has(item));
  for (const [item, { code, attempts }] of owed)
    if (!backup.refused.has(item))
      faults.push({
        item,
        what: 'owed',
        saved: `${code} in ${attempts} attempts`,
        model: modelsOf(item, moving.models),
      });
  if (!isWhole(backup.state) && owed.size === 0) await complain(tenant, plan, backup);
  return { jobId: backup.jobId, items: saved.size, faults: faults.map((fault) => ({ ...fault, job: plan.name })) };
}

async function backUp(tenant: TenantUnderTest, plan: JobPlan, moving: MovingModel): Promise<Backup> {
  const { api, control } = tenant.system;
  const { tenantId, setId, directoryId, dice } = tenant;
  const victim = plan.hasRefusal ? drawItem(tenant, plan.name, moving.models[0]) : undefined;
  const [refusal] = victim === undefined ? [] : await control.addFaults([refusalOf(idOf(victim), directoryId)]);
  const troubles = plan.hasTroubles ? await control.addFaults(drawTroubles(dice, plan.name, directoryId)) : [];
  try {
    const { jobId } = await api.startBackup(tenantId, setId);
    if (plan.isMoving) await keepChanging(tenant, moving);
    const { state, warnings } = await api.ended(tenantId, jobId, JOB_WITHIN_MS);
    const hasStruck = refusal !== undefined && ((await control.strikes()).get(refusal) ?? 0) > 0;
    const backup = { jobId, state, warnings, refused: new Set(victim !== undefined && hasStruck ? [victim] : []) };
    if (state !== 'completed-with-errors' && !isWhole(state)) await complain(tenant, plan, backup);
    return backup;
  } finally {
    for (const rule of [...troubles, ...(refusal === undefined ? [] : [refusal])]) await control.removeFault(rule);
  }
}

async function keepChanging(tenant: TenantUnderTest, moving: MovingModel): Promise<void> {
  for (let change = 0; change < CHANGES; change += 1) {
    await moving.changed(await tenant.live(`while/${change}`, { operations: 1 }));
    await setTimeout(BETWEEN_CHANGES_MS);
  }
}

/** The states that an item had, each once. */
function modelsOf(item: string, models: readonly States[]): string[] {
  return [...new Set(models.flatMap((states) => states.get(item) ?? []))];
}

function drawItem({ dice }: TenantUnderTest, name: string, model: States | undefined): string | undefined {
  const items = [...(model ?? [])].filter(([, state]) => /^\["(message|file)"/.test(state)).map(([item]) => item);
  return items[dice.below(`${name}/refused`, Math.max(1, items.length))];
}

const idOf = (item: string) => item.slice(item.indexOf('/') + 1);
const isWhole = (state: string) => state === 'completed' || state === 'completed-with-warnings';

/** Reads the vault with its folder and its key alone, every content whole. */
async function readBack(tenant: TenantUnderTest, jobId: string) {
  const vault = await FolderVault.open(tenant.folder, tenant.keyText);
  const saved = new Map<string, string>();
  const owed = new Map<string, OwedItem>();
  for (const resource of await vault.savedBy(parseJobId(jobId))) {
    const owner = resourceParts(resource.resource).ownerId;
    for (const record of resource.items.values()) await vault.prove(record);
    for (const [item, state] of savedStates(owner, resource.items)) saved.set(item, state);
    for (const [id, why] of resource.owed) owed.set(`${owner}/${id}`, why);
  }
  return { saved, owed };
}

async function complain(
  { system, tenantId }: TenantUnderTest,
  { name }: JobPlan,
  { jobId, state, warnings }: Backup,
): Promise<never> {
  const tasks = await system.api.tasks(tenantId, jobId);
  const { owed, unexplained } = await system.api.jobReport(tenantId, jobId);
  const reasons = tasks.map(({ resourceId, state: how, attempts, lastErrorCode = '', lastErrorMessage = '' }) =>
    [resourceId, how, `attempt ${attempts}`, lastErrorCode, lastErrorMessage].join(' '),
  );
  reasons.push(...warnings);
  throw new AppError(
    'FAILED_PRECONDITION',
    `The job "${name}" ended as ${state}, with ${owed.items} items owed and ${unexplained} folders unexplained.\n  ${reasons.join('\n  ')}`,
  );
}
