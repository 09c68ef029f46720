import type { ModelEntry } from '@holdfast/demo';
import { expect, it, jest } from '@jest/globals';
import { useProtectedTenant, type TenantWanted } from './protected-tenant.suite.js';

const WITHIN_MS = 200_000;
const { clock, start } = useProtectedTenant();

const KINDS = { mail: 'message', drive: 'driveItem' } as const;

interface Figures {
  readonly requests: number;
  readonly units: number;
  readonly bytes: number;
  readonly expectedMs: number;
}

interface Setting extends Pick<TenantWanted, 'messages' | 'files' | 'limits'> {
  /** Items that each user gets between backups. */
  readonly arriving: number;
  /** Of those, how many are restored. */
  readonly restored: number;
  readonly binds: string;
  /** After so long of the limit that binds nothing counts as used. */
  readonly windowMs: number;
}

/**
 * Parts of each limit so small that a job meets them, in windows so short that it is soon over, and so long that the seconds for which a
 * busy machine holds a slice in its hands are few beside them: each window that follows another waits for these too.
 */
const WHERE: readonly (readonly ['mail' | 'drive', Setting])[] = [
  [
    'mail',
    {
      messages: 100,
      files: 25,
      arriving: 80,
      restored: 125,
      limits: { limitsTimeScale: 20, limitsShare: 0.01 },
      binds: 'mailbox-requests',
      windowMs: 31_500,
    },
  ],
  [
    'drive',
    {
      messages: 10,
      files: 150,
      arriving: 90,
      restored: 110,
      limits: { limitsTimeScale: 10, limitsShare: 0.05 },
      binds: 'drive-minute',
      windowMs: 7_000,
    },
  ],
];

/** What is not within a fifth of what came to be. */
function farOff(what: string, quoted: Figures, spent: Figures): string[] {
  const figures = ['requests', 'units', 'bytes', 'expectedMs'] as const;
  return figures
    .filter((figure) => quoted[figure] < spent[figure] * 0.8 || quoted[figure] > spent[figure] * 1.2)
    .map((figure) => `${figure} of ${what}: ${quoted[figure]} quoted, ${spent[figure]} spent`);
}

// A machine that is busy with something else makes a job slower than its limits do: what one of two tries shows holds.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

it.each(WHERE)(
  'quotes a first backup, an increment and a restore of %s',
  async (workload, setting) => {
    const { arriving, restored, binds, windowMs, ...wanted } = setting;
    const { api, tenantId, set, control, directoryId } = await start({ ...wanted, destinations: ['b'], settings: {} });
    await control.setSwitches(directoryId, { 'reports.conceal-names': false, 'drive.hash-comes-late': false });
    const ended = async (jobId: string): Promise<Figures> => {
      const { startedAtMs, finishedAtMs = NaN } = await api.ended(tenantId, jobId, WITHIN_MS);
      const { requests, resourceUnits: units, originalBytes: bytes } = await api.jobReport(tenantId, jobId);
      return { requests, units, bytes, expectedMs: finishedAtMs - startedAtMs };
    };
    const backUp = async () => {
      const { jobId } = await api.startBackup(tenantId, set);
      return { jobId, ...(await ended(jobId)) };
    };
    const users = (await control.users(directoryId)).filter(({ hasMailbox, hasDrive }) => hasMailbox && hasDrive);
    const arrive = async (round: string) => {
      for (const { id: user } of users)
        for (let number = 0; number < arriving; number += 1) {
          const file = { op: 'create-file', path: `${round} ${number}.bin`, content: { form: 'noise', bytes: 20_000 } };
          const mail = { op: 'arrive', folder: 'inbox', shape: 'plain-7bit' };
          await control.mutate(directoryId, { workload, user, ...(workload === 'mail' ? mail : file) });
        }
    };

    const first = await api.quoteBackup(tenantId, set);
    const full = await backUp();
    const off = farOff('the first backup', first, full);
    const old = new Set((await control.dump(directoryId)).map(({ id }) => id));

    await arrive('one');
    await backUp();
    await arrive('two');
    await clock.sleep(windowMs);
    const next = await api.quoteBackup(tenantId, set);
    const increment = await backUp();
    off.push(...farOff('an increment', next, increment));

    const isNew = (item: ModelEntry) =>
      item.userId === users[0]?.id && item.kind === KINDS[workload] && !old.has(item.id);
    const itemIds = (await control.dump(directoryId)).filter(isNew).map(({ id }) => id);
    expect(itemIds.length).toBeGreaterThanOrEqual(restored);
    const sources = [{ resourceId: `${workload}.${users[0]?.id}`, itemIds: itemIds.slice(0, restored) }];
    const from = { jobId: increment.jobId };
    const { planId, counts } = await api.createPlan(tenantId, { from, sources, targetFolder: 'Restored' });
    await clock.sleep(windowMs);
    const { jobId } = await api.performPlan(tenantId, planId);
    off.push(...farOff('a restore', counts, await ended(jobId)));
    expect(off).toEqual([]);
    expect([first.bindingLimit, next.bindingLimit, counts.bindingLimit]).toEqual([binds, binds, binds]);
  },
  600_000,
);
