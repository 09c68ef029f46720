import { compareModels, EXTRA, type FidelityEntry, judge, type ModelEntry } from '@holdfast/demo';
import { AppError, parseResourceId, resourceParts, type ResourceId } from '@holdfast/kernel';
import type { Fault } from './check.js';
import type { TenantUnderTest } from './tenant-under-test.js';
import { drawTroubles } from './troubles.js';

const DECLARED_LEFT_OUT = 'malware';

export interface RestorePlan {
  readonly name: string;
  readonly jobId: string;
  /** The tenant as the job found it. */
  readonly was: readonly ModelEntry[];
  readonly declared: readonly FidelityEntry[];
  /** Troubles that pass strike meanwhile. */
  readonly hasTroubles: boolean;
  /** Two people restore the same at the same time. */
  readonly isTwice: boolean;
  /** It has to have ended by then. */
  readonly withinMs: number;
  /** Done between the restore and the look at what came of it: for who tries whether the look sees what is wrong. */
  readonly sabotage?: (resourceId: ResourceId) => Promise<void>;
}

/** Restores one resource, drawn among all, over what is there, as a user does; amid troubles. */
export async function runRestore(tenant: TenantUnderTest, plan: RestorePlan) {
  const resourceId = await drawResource(tenant, plan);
  if (resourceId === undefined) return [];
  const before = await dumpOf(tenant, resourceId);
  const orphaned = await orphanedShortcuts(tenant, plan.was);
  await restore(tenant, plan, { resourceId, orphaned });
  await plan.sabotage?.(resourceId);
  const is = await dumpOf(tenant, resourceId);
  const was = plan.was.filter((entry) => isOf(resourceId, entry));
  return compare({ was, before, is, orphaned }, plan.declared).map((fault) => ({ ...fault, job: plan.name }));
}

async function drawResource(tenant: TenantUnderTest, { name, jobId }: RestorePlan): Promise<ResourceId | undefined> {
  const users = new Map((await tenant.users()).map((user) => [user.id, user]));
  const snapshots = await tenant.system.api.snapshotsAsOf(tenant.tenantId, jobId);
  const present = snapshots
    .filter((snapshot) => snapshot.jobId === jobId)
    .map(({ resourceId }) => parseResourceId(resourceId))
    .filter((resourceId) => {
      const { workload, ownerId } = resourceParts(resourceId);
      const user = users.get(ownerId);
      return workload === 'mail' ? user?.hasMailbox : user?.hasDrive;
    })
    .toSorted();
  return present[tenant.dice.below(`${name}/resource`, Math.max(1, present.length))];
}

async function restore(
  tenant: TenantUnderTest,
  { name, jobId, hasTroubles, isTwice, withinMs }: RestorePlan,
  { resourceId, orphaned }: { readonly resourceId: ResourceId; readonly orphaned: ReadonlySet<string> },
): Promise<void> {
  const { system, tenantId, dice, directoryId } = tenant;
  const endTroubles = await tenant.disturb(hasTroubles ? drawTroubles(dice, name, directoryId) : []);
  try {
    const wanted = { from: { jobId }, sources: [{ resourceId }], policy: 'overwrite' } as const;
    const plans = [await system.api.createPlan(tenantId, wanted)];
    if (isTwice) plans.push(await system.api.createPlan(tenantId, wanted));
    const ends = await Promise.all(plans.map(({ planId }) => perform(tenant, planId, withinMs)));
    for (const end of ends) {
      const failures = end.failures.filter((failure) => !orphaned.has(failure.itemId) && !isTheOthers(failure, ends));
      if (failures.length > 0 || (end.failed === 0 && !isWhole(end.state))) complain(resourceId, { ...end, failures });
    }
  } finally {
    await endTroubles();
  }
}

async function perform({ system, tenantId }: TenantUnderTest, planId: string, withinMs: number) {
  const { jobId } = await system.api.performPlan(tenantId, planId);
  const { state } = await system.api.ended(tenantId, jobId, withinMs);
  const { failed, failures } = await system.api.restoreReport(tenantId, planId);
  return { state, failed, failures, tasks: await system.api.tasks(tenantId, jobId) };
}

type RestoreEnd = Awaited<ReturnType<typeof perform>>;

/** Of two restores at once the later one leaves alone what the other has changed meanwhile, and says so. */
function isTheOthers({ itemId, errorCode }: RestoreEnd['failures'][number], ends: readonly RestoreEnd[]): boolean {
  return (
    errorCode === 'CONFLICT' && ends.some(({ failures }) => failures.every((failure) => failure.itemId !== itemId))
  );
}

function complain(resourceId: ResourceId, { state, failures, tasks }: RestoreEnd): never {
  const reasons = failures.map(({ path, name: item, errorCode = '', errorMessage = '' }) =>
    [`${path}/${item}`, errorCode, errorMessage].join(' '),
  );
  for (const { lastErrorCode = '', lastErrorMessage = '' } of tasks)
    reasons.push(`task ${lastErrorCode} ${lastErrorMessage}`);
  throw new AppError(
    'FAILED_PRECONDITION',
    `The restore of ${resourceId} ended as ${state}.\n  ${reasons.join('\n  ')}`,
  );
}

const isWhole = (state: string) => state === 'completed' || state === 'completed-with-warnings';

/** Shortcuts, when a drive went with its owner: none can be made again to what is gone. */
async function orphanedShortcuts(tenant: TenantUnderTest, was: readonly ModelEntry[]): Promise<ReadonlySet<string>> {
  if (!(await tenant.hasLostDrive())) return new Set();
  return new Set(was.filter(({ fields }) => fields['kind'] === 'shortcut').map(({ id }) => id));
}

function dumpOf(tenant: TenantUnderTest, resourceId: ResourceId): Promise<ModelEntry[]> {
  const { workload, ownerId } = resourceParts(resourceId);
  return tenant.dump({ user: ownerId, workload });
}

function isOf(resourceId: ResourceId, { userId, kind }: ModelEntry): boolean {
  const { workload, ownerId } = resourceParts(resourceId);
  return userId === ownerId && (kind === 'driveItem') === (workload === 'drive');
}

interface Models {
  readonly was: readonly ModelEntry[];
  readonly before: readonly ModelEntry[];
  readonly is: readonly ModelEntry[];
  /** Ids of what may come back and need not. */
  readonly orphaned: ReadonlySet<string>;
}

/** What the job had is back, and nothing is there twice. What came later may stay, and so may folders under later names: a restore deletes nothing. */
function compare({ was, before, is, orphaned }: Models, declared: readonly FidelityEntry[]): Fault[] {
  const mayLack = new Set(was.filter(({ id }) => orphaned.has(id)).map(({ key }) => key));
  const saved = was.filter(({ fields, key }) => fields[DECLARED_LEFT_OUT] !== true && !mayLack.has(key));
  const mayStay = new Set(
    before.filter((entry) => isFolder(entry) || !was.some(({ id }) => id === entry.id)).map(({ id }) => id),
  );
  const differences = compareModels({ was: saved, damaged: before, is }).filter(
    ({ field, key, is: id }) =>
      !(field === EXTRA && typeof id === 'string' && (mayStay.has(id) || mayLack.has(key) || isLeftOut(id, was))),
  );
  return judge(differences, declared).undeclared.map(({ userId, kind, key, field, was: model, is: saved_ }) => ({
    item: `${userId}/${kind}/${key}`,
    what: 'wrong',
    saved: `${field}: ${JSON.stringify(saved_)}`,
    model: [`${field}: ${JSON.stringify(model)}`],
  }));
}

function isFolder({ kind, fields }: ModelEntry): boolean {
  return kind === 'folder' || fields['kind'] === 'folder' || fields['kind'] === 'package';
}

function isLeftOut(id: string, was: readonly ModelEntry[]): boolean {
  return was.some((entry) => entry.id === id && entry.fields[DECLARED_LEFT_OUT] === true);
}
