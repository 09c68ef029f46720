import { SystemClock } from '@holdfast/kernel';
import type { FaultSystem } from './fault-system.js';

/** What is left to do by itself: the longest wait of a message, and some. */
const HEALED_WITHIN_MS = 60_000;
const LOOK_MS = 500;

/** Of the system, what is looked at. */
export type Healing = Pick<FaultSystem, 'cluster' | 'book'>;

/** What has not healed by itself once the troubles are over: unready services, open tasks, unsent messages, and every error in the log. */
export async function aftermath(
  faults: Healing,
  tenantId: string,
  healedWithinMs = HEALED_WITHIN_MS,
): Promise<readonly string[]> {
  const clock = new SystemClock();
  const giveUpAt = clock.now() + healedWithinMs;
  for (;;) {
    const left = [...(await unready(faults)), ...(await faults.book.leftUndone(tenantId))];
    if (left.length === 0 || clock.now() > giveUpAt) return [...left, ...crashes(faults), ...(await errors(faults))];
    await clock.sleep(LOOK_MS);
  }
}

async function unready({ cluster }: Healing): Promise<string[]> {
  const states = await Promise.all(
    cluster.processes.map(async (process) => ((await process.isReady()) ? [] : [`${process.name} is not ready`])),
  );
  return states.flat();
}

/** Ends of processes that nobody had killed. */
function crashes({ cluster }: Healing): string[] {
  return cluster.processes.flatMap(({ name, exits }) =>
    exits.splice(0).map((how) => `${name} ended by itself: ${how}`),
  );
}

/** Lines that say that something happened which nobody had thought of. */
async function errors(faults: Healing): Promise<string[]> {
  const log = await faults.cluster.newLog();
  return log
    .split('\n')
    .filter((line) => /"level":"?(error|fatal|50|60)\b/.test(line))
    .map((line) => `the log has an error: ${line.slice(0, 1_500)}`);
}
