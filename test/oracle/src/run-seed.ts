import type { FidelityEntry, RunningSystem } from '@holdfast/demo';
import type { Fault } from './check.js';
import { Dice } from './dice.js';
import { IN_PEACE, type JobResult, runJob } from './run-job.js';
import { runRestore } from './run-restore.js';
import { TenantUnderTest } from './tenant-under-test.js';

/** Most things that people do between two jobs. */
const OPERATIONS = 12;
/** Forty days outlive the delta tokens of drives. */
const DAYS = [0, 0, 1, 5, 40] as const;
const ATTACKED_SHARE = 0.3;

/** What is the same for all seeds of a run. */
export interface SeedTerms {
  /** What a restore does not bring back, as docs/fidelity.md declares it. */
  readonly declared: readonly FidelityEntry[];
  /** What a backup may take; a restore, which waits for uploads, twice as long. */
  readonly withinMs: number;
}

/** What a seed found. */
export interface SeedResult {
  readonly seed: number;
  readonly items: number;
  /** How often each kind of trouble struck. */
  readonly struck: ReadonlyMap<string, number>;
  readonly faults: readonly (Fault & { readonly job: string })[];
}

/**
 * One tenant through three backups: amid troubles, amid troubles and changes, and in peace. What each saved is held against the
 * model then; at last one resource is restored as of the first or the last job over what became of it.
 */
export async function runSeed(
  system: RunningSystem,
  seed: number,
  { declared, withinMs }: SeedTerms,
): Promise<SeedResult> {
  const tenant = await TenantUnderTest.register(system, new Dice(seed));
  const { dice } = tenant;
  const calm = { ...IN_PEACE, withinMs };
  try {
    const wasFirst = await tenant.dump();
    const refuses = dice.oneIn('refusal', 2) ? manyOrOne(dice, 'refusals') : 'none';
    const losesConsent = dice.oneIn('consent', 8);
    const first = await runJob(tenant, { ...calm, name: 'first', hasTroubles: true, refuses, losesConsent });
    await comeAndGo(tenant, 'between');
    const isLate = dice.oneIn('late refusal', 3);
    const hasLoss = dice.oneIn('loss', 3);
    const second = await runJob(tenant, {
      ...calm,
      name: 'moving',
      hasTroubles: true,
      refuses: isLate ? manyOrOne(dice, 'late refusals') : 'none',
      isMoving: true,
      hasLoss,
    });
    await comeAndGo(tenant, 'after');
    const wasThird = await tenant.dump();
    const mayHide = tenant.isSilent || hasLoss || tenant.returned.size > 0;
    const third = await runJob(tenant, { ...calm, name: 'in peace', isFullCheck: mayHide });
    const isEarly = refuses === 'none' && !losesConsent && dice.oneIn('early restore', 3);
    if (!isEarly) await system.control.destroy(tenant.directoryId, { seed, share: ATTACKED_SHARE });
    const from = isEarly ? { job: first, was: wasFirst } : { job: third, was: wasThird };
    const { jobId } = from.job;
    const restored = await runRestore(tenant, {
      name: 'restore',
      jobId,
      was: from.was,
      declared,
      hasTroubles: true,
      isTwice: dice.oneIn('two restores', 4),
      withinMs: 2 * withinMs,
    });
    return { ...summary(seed, [first, second, third], restored), struck: tenant.struck };
  } finally {
    await tenant.remove();
  }
}

/** Items that cannot be read are few, but for a day on which Microsoft has trouble of its own. */
function manyOrOne(dice: Dice, name: string): 'half' | 'one' {
  return dice.oneIn(name, 4) ? 'half' : 'one';
}

function summary(seed: number, jobs: readonly JobResult[], restored: SeedResult['faults']) {
  const items = jobs.reduce((sum, job) => sum + job.items, 0);
  return { seed, items, faults: [...jobs.flatMap(({ faults }) => faults), ...restored] };
}

/** Days pass in which people work, come, go, and win or lose a licence. */
async function comeAndGo(tenant: TenantUnderTest, name: string): Promise<void> {
  const { dice } = tenant;
  const users = await tenant.users();
  for (const { id, hasMailbox, hasDrive } of users) {
    const isChosen = dice.oneIn(`${name}/licence/${id}`, 6);
    if (!hasMailbox || !hasDrive) await tenant.license(id, { hasMailbox: true, hasDrive: true });
    else if (isChosen)
      await tenant.license(id, dice.oneIn(`${name}/which/${id}`, 2) ? { hasMailbox: false } : { hasDrive: false });
  }
  await tenant.live(name, {
    operations: 1 + dice.below(`${name}/operations`, OPERATIONS),
    days: dice.pick(`${name}/days`, DAYS),
    joiners: dice.oneIn(`${name}/joiner`, 4) ? 1 : 0,
    leavers: users.length > 1 && dice.oneIn(`${name}/leaver`, 3) ? 1 : 0,
  });
}
