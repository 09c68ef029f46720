import type { AccountUsage } from '@holdfast/graph';
import { parseTenantId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import type { GetToken } from './get-token.js';
import { MeasureAccounts } from './measure-accounts.js';
import type { Microsoft } from './microsoft.port.js';

const tenantId = (digit: string) => parseTenantId(`${digit.repeat(8)}-0000-4000-8000-000000000000`);
const [ours, other] = [tenantId('a'), tenantId('b')];

/** Reports with as many lines as asked for; counts how often they are read. */
function scene(lines = 3) {
  const clock = new MovableClock(0);
  const reads: string[] = [];
  const failures: Error[] = [];
  const usage = async function* ({ tenant }: { tenant: string }, workload: string): AsyncGenerator<AccountUsage> {
    reads.push(`${tenant} ${workload}`);
    const failure = failures.shift();
    if (failure) throw failure;
    for (let n = 0; n < lines; n += 1)
      yield { principalName: `user${n}@contoso.example`, items: n, bytes: n * 1_000, day: '2026-11-27' };
  };
  const measure = new MeasureAccounts(
    { signed: async (tenant: string) => ({ tenant }) } as unknown as GetToken,
    { usage } as unknown as Microsoft,
    clock,
  );
  return { measure, reads, failures, clock };
}

describe('MeasureAccounts', () => {
  it('finds accounts by name in any case, and says of others that it does not know them', async () => {
    const { measure } = scene();
    expect(await measure.run(ours, 'mail', ['User2@Contoso.example', 'nobody@contoso.example'])).toEqual({
      day: '2026-11-27',
      usage: [{ items: 2, bytes: 2_000 }, undefined],
    });
  });

  it('reads a report once for all who ask, each tenant’s and workload’s apart, and again when it is old', async () => {
    const { measure, reads, clock } = scene();
    await Promise.all([measure.run(ours, 'mail', []), measure.run(ours, 'mail', []), measure.run(ours, 'drive', [])]);
    await measure.run(other, 'mail', []);
    expect(reads).toEqual([`${ours} mail`, `${ours} drive`, `${other} mail`]);
    await clock.advance(31 * 60_000);
    await measure.run(ours, 'mail', []);
    expect(reads).toHaveLength(4);
  });

  it('keeps no failure', async () => {
    const { measure, failures } = scene();
    failures.push(new Error('Reports are away.'));
    await expect(measure.run(ours, 'mail', [])).rejects.toThrow('away');
    expect((await measure.run(ours, 'mail', ['user1@contoso.example'])).usage).toEqual([{ items: 1, bytes: 1_000 }]);
  });

  it('lets go of the report that was unread longest when there are too many lines', async () => {
    const { measure, reads } = scene(90_000);
    for (const [tenant, workload] of [
      [ours, 'mail'],
      [other, 'mail'],
      [ours, 'mail'],
      [ours, 'drive'],
    ] as const)
      await measure.run(tenant, workload, []);
    await measure.run(ours, 'mail', []);
    expect(reads).toHaveLength(3);
    await measure.run(other, 'mail', []);
    expect(reads).toHaveLength(4);
  });
});
