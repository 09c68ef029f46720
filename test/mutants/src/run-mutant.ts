import { compareModels, EXTRA, type FidelityEntry, judge, type ModelEntry, type RunningSystem } from '@holdfast/demo';
import { AppError, isAppError, parseJobId, resourceParts } from '@holdfast/kernel';
import {
  checkSaved,
  Dice,
  FolderVault,
  modelStates,
  refuseItems,
  savedStates,
  TenantUnderTest,
} from '@holdfast/oracle';
import type { Mutant } from './mutant.js';
import { Strike } from './mutation.js';
import type { Switchboard } from './switchboard.js';
import type { Observation } from './verdict.js';
import { isWorse, watchJob } from './watch-job.js';

const OPERATIONS_BETWEEN = 12;
/** Jobs in which a mutant may come to its element: a first full one, and increments. */
const JOBS = 3;
const ATTACKED_SHARE = 0.5;
/** Places drawn for a full run are taken for an increment, which moves few items, from the first ones. */
const INCREMENT_PLACES = 2;
/** Between the seeds of a mutant's tenants. */
const ANOTHER_TENANT = 500;

export interface World {
  readonly system: RunningSystem;
  readonly board: Switchboard;
  readonly declared: readonly FidelityEntry[];
}

/** Places that are tried: an element that came as it was before, or as its neighbour, makes no difference when it is lost or swapped. */
const PLACES = 3;

/** The mutant at its place; where that makes no difference at all, at another. */
export async function runMutant(world: World, mutant: Mutant): Promise<Observation> {
  let seen: Observation = { strikes: 0, ledger: [], bytes: [] };
  for (let place = 0; place < PLACES; place += 1) {
    seen = await runOnce(world, { ...mutant, place: mutant.place + place, seed: mutant.seed + place * ANOTHER_TENANT });
    if (seen.ledger.length + seen.bytes.length > 0) break;
  }
  return seen;
}

/** Backs a small tenant up, changes it, backs it up again and restores it, with the mutant at work in its phase; none: an unharmed run. */
export async function runOnce(world: World, mutant: Mutant, isHarmed = true): Promise<Observation> {
  const tenant = await TenantUnderTest.register(world.system, new Dice(mutant.seed));
  // Where change tracking is silent of a change, an unharmed run lacks it, too.
  await world.system.control.setSwitches(tenant.directoryId, { 'mail.delta-read-flag': 'full' });
  try {
    return await (mutant.stage.phase === 'backup'
      ? backUpUnder(world, tenant, mutant, isHarmed)
      : restoreUnder(world, tenant, mutant, isHarmed));
  } finally {
    world.board.end();
    await tenant.remove();
  }
}

/** In every second mutant the first job goes well and an increment is struck; what cannot be read is met in the first. */
async function backUpUnder(
  world: World,
  tenant: TenantUnderTest,
  mutant: Mutant,
  isHarmed: boolean,
): Promise<Observation> {
  const { needs } = mutant.stage;
  const isLate = needs === undefined && tenant.dice.oneIn('late', 2);
  const strike = new Strike(mutant.operation, isLate ? mutant.place % INCREMENT_PLACES : mutant.place);
  for (let job = 0; job < JOBS; job += 1) {
    if (job > 0) await tenant.live(`week ${job}`, { operations: OPERATIONS_BETWEEN });
    const was = await tenant.dump();
    if (needs !== undefined) await refuseItems(tenant, { name: `job ${job}`, refuses: 'one', model: modelStates(was) });
    if (!isHarmed) world.board.watch('backup');
    else if (!isLate || job > 0) world.board.begin(mutant.stage, strike);
    const { api } = world.system;
    const { jobId } = await api.startBackup(tenant.tenantId, tenant.setId);
    const { state, named } = await watchJob(world.system, tenant.tenantId, jobId);
    world.board.end();
    const ledger = isWorse(state, 'completed-with-warnings') ? [`${state}: ${named.join('; ')}`] : [];
    if (strike.times === 0 && ledger.length === 0 && isHarmed) continue;
    const bytes = ledger.length > 0 ? [] : await readBack(tenant, jobId, was);
    if (isHarmed || job + 1 === JOBS || ledger.length + bytes.length > 0)
      return { strikes: strike.times, ledger, bytes };
  }
  return { strikes: 0, ledger: [], bytes: [] };
}

/** Reads what the job saved with the vault's key alone, every content whole. */
async function readBack(tenant: TenantUnderTest, jobId: string, was: readonly ModelEntry[]): Promise<string[]> {
  try {
    const vault = await FolderVault.open(await tenant.place.look(), tenant.keyText);
    const saved = new Map<string, string>();
    const misListed: string[] = [];
    for (const resource of await vault.savedBy(parseJobId(jobId))) {
      for (const record of resource.items.values()) await vault.prove(record);
      const { ownerId } = resourceParts(resource.resource);
      misListed.push(...resource.misListed);
      for (const [item, state] of savedStates(ownerId, resource.items)) saved.set(item, state);
    }
    const faults = checkSaved(saved, [modelStates(was)]).map(
      ({ item, what, saved: is = '', model }) => `${what}: ${item} ${is} ${model.join(' ')}`,
    );
    return [...faults, ...misListed.map((id) => `listed otherwise: ${id}`)];
  } catch (error) {
    return [`the vault cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function restoreUnder(
  world: World,
  tenant: TenantUnderTest,
  mutant: Mutant,
  isHarmed: boolean,
): Promise<Observation> {
  const { system, board, declared } = world;
  const { api, control } = system;
  const was = await tenant.dump();
  const backup = await api.startBackup(tenant.tenantId, tenant.setId);
  const saved = await watchJob(system, tenant.tenantId, backup.jobId);
  if (isWorse(saved.state, 'completed-with-warnings'))
    throw new AppError(
      'FAILED_PRECONDITION',
      `The backup before it ended as ${saved.state}: ${saved.named.join('; ')}`,
    );
  await control.destroy(tenant.directoryId, { seed: mutant.seed, share: ATTACKED_SHARE });
  const damaged = await tenant.dump();
  const snapshots = await api.snapshotsAsOf(tenant.tenantId, backup.jobId);
  const strike = new Strike(mutant.operation, mutant.place);
  if (isHarmed) board.begin(mutant.stage, strike);
  else board.watch('restore');
  const ledger = await restore(
    system,
    tenant,
    backup.jobId,
    snapshots.map(({ resourceId }) => resourceId),
  );
  board.end();
  const is = ledger.length > 0 ? [] : await tenant.dump();
  const differences = ledger.length > 0 ? [] : compare({ was, damaged, is }, declared);
  return { strikes: isHarmed ? strike.times : 1, ledger, bytes: differences };
}

/** Restores everything over what is there, and hears what the plan, the job and its journal say. */
async function restore(
  system: RunningSystem,
  { tenantId }: TenantUnderTest,
  jobId: string,
  resources: readonly string[],
): Promise<string[]> {
  const sources = resources.map((resourceId) => ({ resourceId }));
  try {
    const plan = await system.api.createPlan(tenantId, { from: { jobId }, sources, policy: 'overwrite' });
    const performed = await system.api.performPlan(tenantId, plan.planId);
    const { state, named } = await watchJob(system, tenantId, performed.jobId);
    return state === 'completed' ? [] : [`${state}: ${named.join('; ')}`];
  } catch (error) {
    if (isAppError(error, 'FAILED_PRECONDITION')) return [`no plan: ${error.message}`];
    throw error;
  }
}

interface Models {
  readonly was: readonly ModelEntry[];
  readonly damaged: readonly ModelEntry[];
  readonly is: readonly ModelEntry[];
}

/** What is not back as it was, beside what no interface carries and what the attack left lying about. */
function compare({ was, damaged, is }: Models, declared: readonly FidelityEntry[]): string[] {
  const saved = was.filter(({ fields }) => fields['malware'] !== true);
  const left = new Set(damaged.map(({ id }) => id));
  const differences = compareModels({ was: saved, damaged, is }).filter(
    ({ field, is: id }) => !(field === EXTRA && typeof id === 'string' && left.has(id)),
  );
  return judge(differences, declared).undeclared.map(({ kind, field, key }) => `${kind} ${key}: ${field}`);
}
