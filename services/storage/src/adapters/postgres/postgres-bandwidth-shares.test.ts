import { parseDestinationId, SystemClock } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { PostgresBandwidthShares } from './postgres-bandwidth-shares.js';
import { far, near, ours, theirs, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const LONG_MS = 60_000;

describe('PostgresBandwidthShares', () => {
  it('counts who may send, each once, and never those of another tenant or destination', async () => {
    const shares = new PostgresBandwidthShares(database());
    expect(await shares.take(ours, near, 'one', LONG_MS)).toBe(1);
    expect(await shares.take(ours, near, 'one', LONG_MS)).toBe(1);
    expect(await shares.take(ours, near, 'two', LONG_MS)).toBe(2);
    expect(await shares.take(theirs, near, 'three', LONG_MS)).toBe(1);
    expect(await shares.take(ours, far, 'three', LONG_MS)).toBe(1);
  });

  it('lets each of many that come at once count those before it', async () => {
    const shares = new PostgresBandwidthShares(database());
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const counted = await Promise.all(names.map((holder) => shares.take(theirs, far, holder, LONG_MS)));
    expect(counted.sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('forgets who has not asked again', async () => {
    const shares = new PostgresBandwidthShares(database());
    await shares.take(theirs, near, 'short', 50);
    await new SystemClock().sleep(100);
    const before = await shares.take(theirs, near, 'three', LONG_MS);
    expect(before).toBe(1);
  });

  it('does not count who asked before the clock went back', async () => {
    const shares = new PostgresBandwidthShares(database());
    const other = parseDestinationId('33333333-0000-4000-8000-000000000000');
    // Its end is as far away as if it had asked a day ahead of this clock.
    await shares.take(ours, other, 'before', 86_400_000);
    expect(await shares.take(ours, other, 'now', LONG_MS)).toBe(1);
    expect(await shares.take(ours, other, 'too', LONG_MS)).toBe(2);
  });
});
