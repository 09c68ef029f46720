import { AppError, parseDestinationId, parseTenantId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { DestinationHealth } from './destination-health.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const [a, b, c] = ['1', '2', '3'].map((digit) =>
  parseDestinationId(`${digit.repeat(8)}-0000-4000-8000-000000000000`),
) as [
  ReturnType<typeof parseDestinationId>,
  ReturnType<typeof parseDestinationId>,
  ReturnType<typeof parseDestinationId>,
];

describe('DestinationHealth', () => {
  it('names a destination that failed last, for a minute', async () => {
    const clock = new MovableClock();
    const health = new DestinationHealth(clock);
    expect(health.inOrder(ours, [a, b, c])).toEqual([a, b, c]);
    health.noteFailure(ours, a);
    expect(health.inOrder(ours, [a, b, c])).toEqual([b, c, a]);
    expect(health.inOrder(theirs, [a, b, c])).toEqual([a, b, c]);
    await clock.advance(60_000);
    expect(health.inOrder(ours, [a, b, c])).toEqual([a, b, c]);
  });

  it('tries all in turn when all fail', async () => {
    const clock = new MovableClock();
    const health = new DestinationHealth(clock);
    for (const failing of [a, b, c]) {
      health.noteFailure(ours, failing);
      await clock.advance(10);
    }
    expect(health.inOrder(ours, [a, b, c])).toEqual([a, b, c]);
    health.noteFailure(ours, a);
    expect(health.inOrder(ours, [a, b, c])).toEqual([b, c, a]);
  });

  it('blames a destination for its own failures only', async () => {
    const health = new DestinationHealth(new MovableClock());
    const fail = (error: Error) => health.watch(ours, a, () => Promise.reject(error)).catch(() => undefined);
    await fail(new AppError('STORE_REJECTED', 'Other bytes.'));
    await fail(new AppError('OBJECT_EXISTS', 'There.'));
    await fail(new Error('a bug'));
    expect(health.inOrder(ours, [a, b])).toEqual([a, b]);
    await fail(new AppError('STORE_FULL', 'Full.'));
    expect(health.inOrder(ours, [a, b])).toEqual([b, a]);
  });
});
