import { AppError, parseTenantId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { BudgetBuckets } from './budget-buckets.js';
import type { GetToken } from './get-token.js';
import type { Microsoft } from './microsoft.port.js';
import type { Tenants, TenantSize } from './tenants.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const LARGE = { licences: 20_000, users: 20_000 };

/** Buckets of a tenant whose size Microsoft answers as told, in turn, in a cloud whose limits are all used. */
const bucketsOf = (...answers: readonly (TenantSize | AppError)[]) => bucketsOfShare(1, answers);

function bucketsOfShare(limitsShare: number, answers: readonly (TenantSize | AppError)[]) {
  const clock = new MovableClock(0);
  let kept: TenantSize | undefined;
  let asked = 0;
  const tenants = {
    get: async () => ({ cloud: 'simulator', clientId: 'app' }),
    size: async () => kept,
    noteSize: async (_: unknown, size: TenantSize) => void (kept = size),
  } as unknown as Tenants;
  const microsoft = {
    addresses: () => ({ limitsTimeScale: 1, limitsShare }),
    size: async () => {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      if (answer instanceof AppError) throw answer;
      return answer;
    },
  } as unknown as Microsoft;
  const getToken = { signed: async () => ({}) } as unknown as GetToken;
  const buckets = new BudgetBuckets(tenants, microsoft, getToken, clock);
  const minute = async () => {
    const { rules } = await buckets.of(tenant, 'sharepoint');
    return rules.meters[0]?.limit.amount;
  };
  return { clock, buckets, minute, asked: () => asked };
}

describe('BudgetBuckets', () => {
  it('asks Microsoft for a tenant’s size once, however many tasks begin together', async () => {
    const { minute, asked } = bucketsOf(LARGE);
    expect(await Promise.all([minute(), minute(), minute()])).toEqual([5_000, 5_000, 5_000]);
    expect(asked()).toBe(1);
  });

  it('keeps room for the costliest request, however small the share', async () => {
    const { buckets } = bucketsOfShare(0.001, [{ licences: 10, users: 10 }]);
    const drives = await buckets.of(tenant, 'sharepoint');
    const mailbox = await buckets.of(tenant, 'outlook', 'm');
    expect(drives.rules.meters.map(({ limit }) => limit.amount)).toEqual([6, 1_200]);
    expect(mailbox.rules.meters.map(({ limit }) => limit.amount)).toEqual([10, 4_194_304]);
  });

  it('takes a tenant for the smallest while Microsoft cannot be asked, and no longer', async () => {
    const { minute, clock } = bucketsOf(new AppError('GRAPH_UNAVAILABLE', 'Microsoft is away.'), LARGE);
    expect(await minute()).toBe(1_250);
    await clock.advance(60_000);
    expect(await minute()).toBe(5_000);
  });

  it('takes a tenant for the smallest for good where Microsoft refuses to tell', async () => {
    const { minute, clock, asked } = bucketsOf(new AppError('PERMISSION_DENIED', 'No.'), LARGE);
    await minute();
    await clock.advance(60_000);
    expect(await minute()).toBe(1_250);
    expect(asked()).toBe(1);
  });
});
