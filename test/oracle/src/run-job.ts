import { setTimeout } from 'node:timers/promises';
import { AppError, type ErrorCode, parseJobId, resourceParts } from '@holdfast/kernel';
import type { OwedItem } from '@holdfast/vault';
import { checkSaved, type Fault } from './check.js';
import { FolderVault } from './folder-vault.js';
import { drawLoss, unexplained } from './losses.js';
import { MovingModel } from './moving-model.js';
import { refuseItems, type Refusal } from './refuse-items.js';
import { savedStates, type States } from './states.js';
import type { TenantUnderTest } from './tenant-under-test.js';
import { drawTroubles } from './troubles.js';

/** Changes while a job runs, and how far apart: about as long as a job of so small a tenant takes. */
const CHANGES = 5;
/** Somewhere in a job of so small a tenant. */
const CONSENT_WITHIN_MS = 400;
/** As the troubles that struck are told. */
const CONSENT = 'consent-withdrawn';
/** What a task says of missing consent: the calls, or the sign-in, are refused. */
const CONSENT_CODES: ReadonlySet<string> = new Set<ErrorCode>(['GRAPH_DENIED', 'SIGN_IN_FAILED']);
const BETWEEN_CHANGES_MS = 60;

export interface JobPlan {
  readonly name: string;
  /** Troubles that pass strike meanwhile. */
  readonly hasTroubles: boolean;
  /** Whether items, drawn among all, are refused until the job's end: one, or half of them. */
  readonly refuses: 'none' | 'one' | 'half';
  /** People work while it runs. */
  readonly isMoving: boolean;
  /** Change tracking loses a change. */
  readonly hasLoss: boolean;
  /** Consent is withdrawn while it runs and given back when it has ended. */
  readonly losesConsent: boolean;
  /** Everything is listed afresh: what change tracking lost has to come to light. */
  readonly isFullCheck: boolean;
  /** It has to have ended by then. */
  readonly withinMs: number;
}

/** A job that nothing disturbs, in a tenant that stands still. */
export const IN_PEACE: Omit<JobPlan, 'name' | 'withinMs'> = {
  hasTroubles: false,
  refuses: 'none',
  isMoving: false,
  hasLoss: false,
  losesConsent: false,
  isFullCheck: false,
};

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
  /** To the job's end. */
  readonly refusal: Refusal | undefined;
}

/** Backs the tenant up and holds what was saved against the models that it went through meanwhile. */
export async function runJob(tenant: TenantUnderTest, plan: JobPlan): Promise<JobResult> {
  const moving = await MovingModel.begin(tenant);
  const backup = await backUp(tenant, plan, moving);
  const { saved, owed, resources } = await readBack(tenant, backup.jobId);
  tenant.earlier.push(...moving.models);
  const wrong = checkSaved(saved, moving.models).filter(
    ({ item }) => !owed.has(item) && backup.refusal?.damaged.has(item) !== true,
  );
  const faults = plan.isFullCheck ? wrong : unexplained(wrong, tenant);
  if (plan.losesConsent) return brokenOff(tenant, plan, backup, { saved, faults, resources });
  for (const [item, { code, attempts }] of owed)
    if (backup.refusal?.items.has(item) !== true)
      faults.push({
        item,
        what: 'owed',
        saved: `${code} in ${attempts} attempts`,
        model: modelsOf(item, moving.models),
      });
  if (!isWhole(backup.state) && owed.size === 0) await complain(tenant, plan, backup);
  return { jobId: backup.jobId, items: saved.size, faults: faults.map((fault) => ({ ...fault, job: plan.name })) };
}

/** A resource without consent has no snapshot of the job; what the others have is right. The job says what is missing. */
async function brokenOff(
  tenant: TenantUnderTest,
  plan: JobPlan,
  backup: Backup,
  {
    saved,
    faults,
    resources,
  }: { readonly saved: States; readonly faults: readonly Fault[]; readonly resources: number },
): Promise<JobResult> {
  const tasks = await tenant.system.api.tasks(tenant.tenantId, backup.jobId);
  const refused = tasks.filter(({ state }) => state === 'failed');
  const isTold = refused.every(({ lastErrorCode = '' }) => CONSENT_CODES.has(lastErrorCode));
  if (!isTold || resources + refused.length < tasks.length) await complain(tenant, plan, backup);
  if (refused.length > 0) tenant.struck.set(CONSENT, (tenant.struck.get(CONSENT) ?? 0) + 1);
  const wrong = faults.filter(({ what }) => what !== 'missing' || refused.length === 0);
  return { jobId: backup.jobId, items: saved.size, faults: wrong.map((fault) => ({ ...fault, job: plan.name })) };
}

async function backUp(tenant: TenantUnderTest, plan: JobPlan, moving: MovingModel): Promise<Backup> {
  const { api } = tenant.system;
  const { tenantId, setId, directoryId, dice } = tenant;
  const [model = new Map<string, string>()] = moving.models;
  const { name, refuses } = plan;
  const refusal = refuses === 'none' ? undefined : await refuseItems(tenant, { name, refuses, model });
  const endTroubles = await tenant.disturb(plan.hasTroubles ? drawTroubles(dice, plan.name, directoryId) : []);
  const endLoss = await tenant.disturb(plan.hasLoss ? [drawLoss(dice, plan.name, directoryId)] : []);
  try {
    const { jobId } = await api.startBackup(tenantId, setId, { fullCheck: plan.isFullCheck });
    const giveBack = plan.losesConsent ? await withdrawConsent(tenant, plan.name) : undefined;
    if (plan.isMoving) await keepChanging(tenant, moving);
    const { state, warnings } = await api.ended(tenantId, jobId, plan.withinMs);
    await giveBack?.();
    const backup = { jobId, state, warnings, refusal };
    const isExpected = state === 'completed-with-errors' || (plan.losesConsent && state === 'failed');
    if (!isExpected && !isWhole(state)) await complain(tenant, plan, backup);
    return backup;
  } finally {
    await endTroubles();
    tenant.losses += await endLoss();
    await refusal?.end();
  }
}

async function withdrawConsent(tenant: TenantUnderTest, name: string): Promise<() => Promise<unknown>> {
  await setTimeout(tenant.dice.below(`${name}/consent`, CONSENT_WITHIN_MS));
  return tenant.withdrawConsent();
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

const isWhole = (state: string) => state === 'completed' || state === 'completed-with-warnings';

/** Reads the vault with its folder and its key alone, every content whole. */
async function readBack(tenant: TenantUnderTest, jobId: string) {
  const vault = await FolderVault.open(await tenant.place.look(), tenant.keyText, tenant.proven);
  const saved = new Map<string, string>();
  const owed = new Map<string, OwedItem>();
  const resources = await vault.savedBy(parseJobId(jobId));
  for (const resource of resources) {
    const owner = resourceParts(resource.resource).ownerId;
    for (const record of resource.items.values()) await vault.prove(record);
    for (const [item, state] of savedStates(owner, resource.items)) saved.set(item, state);
    for (const [id, why] of resource.owed) owed.set(`${owner}/${id}`, why);
  }
  return { saved, owed, resources: resources.length };
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
