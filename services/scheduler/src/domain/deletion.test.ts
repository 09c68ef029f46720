import { parseResourceId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { decideApproval, deletionState, resourcesToDelete, type DeletionStanding } from './deletion.js';

const by = (...keys: string[]): DeletionStanding => ({
  approvals: keys.map((key) => ({ by: key })),
  isWithdrawn: false,
});

describe('approving', () => {
  it.each([
    [by(), 'a', 'first'],
    [by('a'), 'b', 'last'],
    [by('a'), 'a', 'again'],
    [by('a', 'b'), 'c', 'too-late'],
    [{ ...by('a'), isWithdrawn: true }, 'b', 'too-late'],
  ] as const)('%j by %s is %s', (standing, key, decision) => {
    expect(decideApproval(standing, key)).toBe(decision);
  });
});

describe('deletionState', () => {
  it.each([
    [by('a'), 'waiting'],
    [{ ...by('a'), isWithdrawn: true }, 'withdrawn'],
    [by('a', 'b'), 'approved'],
    [{ ...by('a', 'b'), jobState: 'running' }, 'running'],
    [{ ...by('a', 'b'), jobState: 'stopping' }, 'running'],
    [{ ...by('a', 'b'), jobState: 'stopped' }, 'failed'],
    [{ ...by('a', 'b'), jobState: 'completed-with-errors' }, 'failed'],
    [{ ...by('a', 'b'), jobState: 'completed' }, 'removed'],
    [{ ...by('a', 'b'), isRemoved: true }, 'removed'],
  ] as const)('of %j is %s', (standing, state) => {
    expect(deletionState(standing)).toBe(state);
  });
});

it('deletes every workload of an account, or one resource', () => {
  expect(resourcesToDelete({ kind: 'account', accountId: 'ann' })).toEqual(['mail.ann', 'drive.ann']);
  const resourceId = parseResourceId('drive.ann');
  expect(resourcesToDelete({ kind: 'resource', resourceId })).toEqual([resourceId]);
});
