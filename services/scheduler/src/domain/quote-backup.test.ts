import { describe, expect, it } from '@jest/globals';
import { firstRead, nextIncrement } from './quote-backup.js';

describe('firstRead', () => {
  it('asks for each message once, for pages of fifty, and for the folders', () => {
    expect(firstRead('mail', { items: 10_000, bytes: 5e8 })).toEqual({
      workload: 'mail',
      requests: 10_000 + 200 + 40,
      units: 0,
      uploadBytes: 0,
      items: 10_000,
      bytes: 5e8,
    });
  });

  it('pays a unit for each file and two for each page of a listing', () => {
    const { requests, units } = firstRead('drive', { items: 5_000, bytes: 1e9 });
    expect({ requests, units }).toEqual({ requests: 5_000 + 12 + 1, units: 5_000 + 24 + 1 });
  });

  it('looks at what is empty, too', () => {
    expect(firstRead('mail', { items: 0, bytes: 0 }).requests).toBe(40);
    expect(firstRead('drive', { items: 0, bytes: 0 }).units).toBe(1);
  });
});

describe('nextIncrement', () => {
  const past = { requests: 5_300, units: 0, items: 5_007, bytes: 1e8 };

  it('is as much as the increment before', () => {
    const { requests, items, bytes } = nextIncrement('mail', { ...past, lane: 'increment' });
    expect({ requests, items, bytes }).toEqual({ requests: 5_300, items: 5_007, bytes: 1e8 });
  });

  it('after a first read is a look at what there is', () => {
    expect(nextIncrement('mail', { ...past, lane: 'first-full' })).toMatchObject({ requests: 40, units: 0, bytes: 0 });
    expect(nextIncrement('drive', { ...past, lane: 'first-full' })).toMatchObject({ requests: 1, units: 1, items: 0 });
  });
});
