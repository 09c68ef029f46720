import { type FidelityEntry, FIXED_SWITCHES } from '@holdfast/demo';
import { Dice, IN_PEACE, runJob, runRestore, TenantUnderTest } from '@holdfast/oracle';
import { aftermath } from './aftermath.js';
import { contentReads, IN_HAND, readAgain } from './content-reads.js';
import type { FaultSystem } from './fault-system.js';
import { ALL_KINDS, MIX } from './kinds/all-kinds.js';
import type { FaultKind } from './kinds/fault-kind.js';
import { struckWhile, type Struck } from './striking.js';

/** Of each user: enough for strikes to fall into the middle. */
const SIZE = { messages: 60, files: 25 };
/** Every answer of Microsoft's takes so long, which makes a job of seconds out of so small a tenant. */
const ANSWER_MS = 60;
const OPERATIONS = 15;
const DAYS = [0, 1, 5] as const;
const ATTACKED_SHARE = 0.3;
/** Waits after failures double; a job that has not ended by then is stuck. */
const WITHIN_MS = 240_000;
/** Requests that the phases make when nothing strikes; measured. */
const REQUESTS = { first: 150, second: 40, restore: 40 };

export interface SeedResult {
  readonly seed: number;
  readonly kind: string;
  readonly items: number;
  readonly struck: readonly Struck[];
  /** What is not as it has to be; empty when all is. */
  readonly complaints: readonly string[];
}

/** The kinds that a seed is struck with: one, by its number, or a mix. */
export function kindsOf(
  seed: number,
  only?: string,
): { readonly name: string; readonly kinds: readonly [FaultKind, ...FaultKind[]] } {
  const names = [...ALL_KINDS.map(({ name }) => name), MIX];
  const name = only ?? names[seed % names.length] ?? MIX;
  const [first, ...others] = ALL_KINDS.filter((kind) =>
    name === MIX ? kind.place !== 'small-disk' && kind.missing?.() === undefined : kind.name === name,
  );
  if (!first) throw new RangeError(`there is no kind ${name}`);
  return { name, kinds: [first, ...others] };
}

/**
 * One tenant through backup, life, backup, a backup in peace, attack and restore, while troubles of the seed's kind strike the others. What each job saved is held against the model, what is restored against what was, the requests against the leases.
 */
export async function runSeed(
  faults: FaultSystem,
  seed: number,
  { declared, only }: { readonly declared: readonly FidelityEntry[]; readonly only?: string | undefined },
): Promise<SeedResult> {
  const { system } = faults;
  const { name: kind, kinds } = kindsOf(seed, only);
  const dice = new Dice(seed);
  const place = await faults.newPlace(kinds[0].place ?? 'bucket', `seed-${seed}`);
  const tenant = await TenantUnderTest.register(system, dice, { ...SIZE, place });
  const { directoryId, tenantId } = tenant;
  await system.control.setSwitches(directoryId, FIXED_SWITCHES);
  const struck: Struck[] = [];
  const complaints: string[] = [];
  const strike = async <T>(phase: keyof typeof REQUESTS, work: () => Promise<T>): Promise<T> => {
    const done = await struckWhile({ faults, dice, kinds, phase, requests: REQUESTS[phase] }, work);
    struck.push(...done.struck);
    return done.result;
  };
  const backUp = async (phase: 'first' | 'second') => {
    const since = await system.control.requestCount();
    const job = await strike(phase, () => runJob(tenant, { ...IN_PEACE, name: phase, withinMs: WITHIN_MS }));
    const reads = contentReads(await system.control.requests(since), directoryId);
    complaints.push(...job.faults.map(faultText));
    complaints.push(...readAgain(reads, await faults.book.leasesOf(job.jobId), IN_HAND));
    return job;
  };
  const endSlowness = await tenant.disturb([{ fault: 'slow', ms: ANSWER_MS, match: { tenantId: directoryId } }]);
  try {
    const first = await backUp('first');
    await tenant.live('between', {
      operations: 1 + dice.below('operations', OPERATIONS),
      days: dice.pick('days', DAYS),
    });
    const was = await tenant.dump();
    const second = await backUp('second');
    const calm = await runJob(tenant, { ...IN_PEACE, name: 'in peace', withinMs: WITHIN_MS });
    complaints.push(...calm.faults.map(faultText));
    await system.control.destroy(directoryId, { seed, share: ATTACKED_SHARE });
    const calmly = { hasTroubles: false, isTwice: false, withinMs: WITHIN_MS };
    const restore = { name: 'restore', jobId: second.jobId, was, declared, ...calmly };
    complaints.push(...(await strike('restore', () => runRestore(tenant, restore))).map(faultText));
    complaints.push(...(await aftermath(faults, tenantId)));
    if (struck.length === 0) complaints.push('nothing struck: the seed proves nothing.');
    return { seed, kind, items: first.items + second.items + calm.items, struck, complaints };
  } finally {
    await endSlowness();
    await faults.databaseClock.putRight();
    await tenant.remove();
  }
}

function faultText({ job, item, what, saved, model }: Awaited<ReturnType<typeof runJob>>['faults'][number]): string {
  return [
    `job "${job}": ${item} ${what}`,
    `  saved ${saved ?? 'nothing'}`,
    ...model.map((state) => `  model ${state}`),
  ].join('\n  ');
}
