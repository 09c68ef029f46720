import { describe, expect, it } from '@jest/globals';
import { BudgetUse } from './budget-use.js';

const limit = { amount: 100, windowMs: 1_000 };
const mailbox = (scope: string, tenantId = 't') => ({ tenantId, bucket: 'outlook', scope, meter: 'requests', limit });

function valuesAt(use: BudgetUse, now: number) {
  return use.read(now).map(({ value }) => value);
}

describe('BudgetUse', () => {
  it('tells the fullest of a tenant’s mailboxes, until its window has passed', () => {
    const use = new BudgetUse();
    use.note(mailbox('anna'), 80, 0);
    use.note(mailbox('ben'), 10, 10);
    expect(use.read(20)).toEqual([{ value: 0.8, labels: { tenant: 't', bucket: 'outlook', meter: 'requests' } }]);
    use.note(mailbox('anna'), 30, 30);
    expect(valuesAt(use, 40)).toEqual([0.3]);
    expect(valuesAt(use, 1_031)).toEqual([]);
    use.note(mailbox('ben'), 10, 1_040);
    expect(valuesAt(use, 1_050)).toEqual([0.1]);
  });

  it('keeps two thousand windows, those that were seen last', () => {
    const use = new BudgetUse();
    for (let n = 0; n < 2_001; n += 1) use.note(mailbox('', `t${n}`), n, 0);
    const told = use.read(1);
    expect(told).toHaveLength(2_000);
    expect(told.some(({ labels }) => labels.tenant === 't0')).toBe(false);
  });
});
