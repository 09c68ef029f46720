import { describe, expect, it } from '@jest/globals';
import { missingAccounts, selectedResources, type SourceSelection } from './selection.js';

const everybody: SourceSelection = {
  allAccounts: true,
  accountIds: new Set(['u2']),
  workloads: ['mail', 'drive'],
  skipUnlicensed: false,
};
const chosen: SourceSelection = {
  allAccounts: false,
  accountIds: new Set(['u2']),
  workloads: ['mail'],
  skipUnlicensed: true,
};

describe('selectedResources', () => {
  it('takes everybody but the excluded, newcomers included', () => {
    expect(selectedResources(everybody, { accountId: 'u1', isLicensed: false })).toEqual(['mail.u1', 'drive.u1']);
    expect(selectedResources(everybody, { accountId: 'u2', isLicensed: true })).toEqual([]);
  });

  it('takes the chosen alone, and leaves out the unlicensed when asked to', () => {
    expect(selectedResources(chosen, { accountId: 'u2', isLicensed: true })).toEqual(['mail.u2']);
    expect(selectedResources(chosen, { accountId: 'u2', isLicensed: false })).toEqual([]);
    expect(selectedResources(chosen, { accountId: 'u1', isLicensed: true })).toEqual([]);
  });
});

describe('missingAccounts', () => {
  it('names the chosen accounts that are gone', () => {
    expect(missingAccounts(chosen, new Set(['u1']))).toEqual(['u2']);
    expect(missingAccounts(everybody, new Set(['u1']))).toEqual([]);
  });
});
