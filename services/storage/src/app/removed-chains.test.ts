import { parseBackupSetId, parseResourceId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { RemovedChains } from './removed-chains.js';

const [set, other] = ['cccccccc-0000-4000-8000-000000000000', 'dddddddd-0000-4000-8000-000000000000'].map(
  parseBackupSetId,
) as [ReturnType<typeof parseBackupSetId>, ReturnType<typeof parseBackupSetId>];
const [mail, drive] = ['mail.ann', 'drive.ann'].map(parseResourceId) as [
  ReturnType<typeof parseResourceId>,
  ReturnType<typeof parseResourceId>,
];
const scope = {
  tenant: parseTenantId('aaaaaaaa-0000-4000-8000-000000000000'),
  vault: parseVaultId('bbbbbbbb-0000-4000-8000-000000000000'),
};
const removed = (lastNumber: number) => ({
  atMs: 9,
  resources: [
    {
      ...{ resourceId: 'mail.ann', snapshots: 2, firstNumber: 1, lastNumber },
      ...{ firstJobStartedAtMs: 1, lastJobStartedAtMs: 2 },
    },
  ],
});
const approved = {
  ...{ deletionId: 'eeeeeeee-0000-4000-8000-000000000000', kind: 'account', subject: 'ann', reason: 'r' },
  ...{ requestedBy: 'k', requestedAtMs: 1, approvals: [] },
};
const definition = (...deletions: object[]) => ({
  ...{ displayName: 'All', timeZone: 'UTC', retention: {}, createdAtMs: 1, deletions: deletions as never },
  source: { allAccounts: true, accountIds: [], workloads: ['mail'], skipUnlicensed: false },
});
const note = (of: object | undefined) => ({ ...scope, set, generation: 1, version: 1, definition: of as never });

describe('RemovedChains', () => {
  it('knows what was removed of a set and a resource, up to the last', () => {
    const chains = new RemovedChains([note(definition({ ...approved, removed: removed(3) }))]);
    expect([1, 3, 4].map((number) => chains.has({ set, resource: mail, number }))).toEqual([true, true, false]);
    expect(chains.has({ set, resource: drive, number: 1 })).toBe(false);
    expect(chains.has({ set: other, resource: mail, number: 1 })).toBe(false);
  });

  it('takes the furthest of several deletions', () => {
    const both = [5, 2].map((last) => ({ ...approved, removed: removed(last) }));
    expect(new RemovedChains([note(definition(...both))]).has({ set, resource: mail, number: 5 })).toBe(true);
  });

  it('tells apart what was made anew without some items', () => {
    const chains = new RemovedChains([
      note(definition({ ...approved, kind: 'items', itemIds: ['m1'], removed: removed(3) })),
    ]);
    expect(chains.has({ set, resource: mail, number: 1 })).toBe(false);
    const chain = { backupSetId: set, resourceId: mail };
    expect(chains.replaced).toEqual([{ chain, firstNumber: 1, lastNumber: 3, lastJobStartedAt: 2 }]);
  });

  it.each([
    ['a deletion that was not done', definition(approved)],
    ['a set without deletions', definition()],
    ['a deleted set', undefined],
    ['what it does not know', { displayName: 7 }],
  ])('is told of nothing by %s', (_, of) => {
    expect(new RemovedChains([note(of)]).has({ set, resource: mail, number: 1 })).toBe(false);
  });
});
