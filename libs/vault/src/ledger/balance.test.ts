import { describe, expect, it } from '@jest/globals';
import { balanceFolder } from './balance.js';

const folder = { parentId: 'inbox', sourceBefore: 10, sourceAfter: 10, listed: 9, owed: 1 };

describe('balanceFolder', () => {
  it('is balanced when listed and owed items make up what the source counts', () => {
    expect(balanceFolder(folder)).toEqual({ parentId: 'inbox', is: 'balanced' });
  });

  it('calls a difference moving while the source itself moved', () => {
    expect(balanceFolder({ ...folder, sourceAfter: 12 })).toEqual({ parentId: 'inbox', is: 'moving', difference: 2 });
  });

  it('names a difference that nothing explains', () => {
    expect(balanceFolder({ ...folder, listed: 7 })).toEqual({ parentId: 'inbox', is: 'unexplained', difference: 2 });
    expect(balanceFolder({ ...folder, listed: 12 })).toEqual({ parentId: 'inbox', is: 'unexplained', difference: -3 });
  });
});
