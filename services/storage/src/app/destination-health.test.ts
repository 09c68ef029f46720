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

const PATIENCE = { ms: 60_000 };
const away = () => Promise.reject(new AppError('STORE_UNAVAILABLE', 'Away.'));
const there = async () => undefined;

describe('DestinationHealth', () => {
  it('names a destination that failed last, for a minute', async () => {
    const clock = new MovableClock();
    const health = new DestinationHealth(clock, PATIENCE);
    expect(health.inOrder(ours, [a, b, c])).toEqual([a, b, c]);
    health.noteFailure(ours, a);
    expect(health.inOrder(ours, [a, b, c])).toEqual([b, c, a]);
    expect(health.inOrder(theirs, [a, b, c])).toEqual([a, b, c]);
    await clock.advance(60_000);
    expect(health.inOrder(ours, [a, b, c])).toEqual([a, b, c]);
  });

  it('tries all in turn when all fail', async () => {
    const clock = new MovableClock();
    const health = new DestinationHealth(clock, PATIENCE);
    for (const failing of [a, b, c]) {
      health.noteFailure(ours, failing);
      await clock.advance(10);
    }
    expect(health.inOrder(ours, [a, b, c])).toEqual([a, b, c]);
    health.noteFailure(ours, a);
    expect(health.inOrder(ours, [a, b, c])).toEqual([b, c, a]);
  });

  it('blames a destination for its own failures only', async () => {
    const health = new DestinationHealth(new MovableClock(), PATIENCE);
    const fail = (error: Error) => health.watch(ours, a, () => Promise.reject(error)).catch(() => undefined);
    await fail(new AppError('STORE_REJECTED', 'Other bytes.'));
    await fail(new AppError('OBJECT_EXISTS', 'There.'));
    await fail(new Error('a bug'));
    expect(health.inOrder(ours, [a, b])).toEqual([a, b]);
    await fail(new AppError('STORE_FULL', 'Full.'));
    expect(health.inOrder(ours, [a, b])).toEqual([b, a]);
  });

  it('calls a destination down when it was silent for its patience, and no longer than that', async () => {
    const clock = new MovableClock();
    const health = new DestinationHealth(clock, PATIENCE);
    health.noteFailure(ours, a);
    expect(await health.ask(ours, a, away)).toBe('fails');
    await clock.advance(59_999);
    expect(await health.ask(ours, a, away)).toBe('fails');
    await clock.advance(1);
    expect(await health.ask(ours, a, away)).toBe('down');
    await clock.advance(20_000);
    expect(await health.ask(ours, a, there)).toBe('answers');
    await clock.advance(20_000);
    expect(await health.ask(ours, a, away)).toBe('fails');
  });

  it('believes an answer for a while, but not against a later failure', async () => {
    const clock = new MovableClock();
    const health = new DestinationHealth(clock, PATIENCE);
    expect(await health.ask(ours, a, there)).toBe('answers');
    expect(await health.ask(ours, a, away)).toBe('answers');
    await clock.advance(1);
    health.noteFailure(ours, a);
    expect(await health.ask(ours, a, away)).toBe('fails');
  });

  it('takes two failures far apart for two stories', async () => {
    const clock = new MovableClock();
    const health = new DestinationHealth(clock, PATIENCE);
    health.noteFailure(ours, a);
    await clock.advance(16 * 60_000);
    expect(await health.ask(ours, a, away)).toBe('fails');
  });

  it('blames no destination for a question that could not be asked', async () => {
    const health = new DestinationHealth(new MovableClock(), PATIENCE);
    const unasked = health.ask(ours, a, () => Promise.reject(new AppError('DEPENDENCY_UNAVAILABLE', 'Auth is away.')));
    await expect(unasked).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect(health.inOrder(ours, [a, b])).toEqual([a, b]);
  });
});
