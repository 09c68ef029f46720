import { AppError, parseSnapshotId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { performCommit } from './perform-commit.js';

const SNAPSHOT = parseSnapshotId('5'.repeat(64));
const unavailable = () => new AppError('STORE_UNAVAILABLE', 'The commit could not be finished.');

/** Deeds that are noted, and storage's answers in order: an error, or the snapshot where there is none left. */
function scene(answers: readonly Error[] = []) {
  const done: string[] = [];
  const left = [...answers];
  const clock = new MovableClock(0);
  const deeds = {
    flush: async () => void done.push('flush'),
    seal: async () => {
      done.push('seal');
      return Uint8Array.of(done.length);
    },
    request: async ([bytes]: Uint8Array) => {
      done.push(`request ${bytes}`);
      const answer = left.shift();
      if (answer) throw answer;
      return SNAPSHOT;
    },
    beginAnew: async () => void done.push('begin anew'),
  };
  return { done, clock, deeds, run: () => performCommit(deeds, clock, new AbortController().signal) };
}

describe('performCommit', () => {
  it('makes everything durable, seals, and asks', async () => {
    const { done, run } = scene();
    expect(await run()).toBe(SNAPSHOT);
    expect(done).toEqual(['flush', 'seal', 'request 2']);
  });

  it('asks again with the same bytes when it was not answered', async () => {
    const { done, clock, run } = scene([unavailable(), unavailable()]);
    const committed = run();
    await clock.advance(60_000);
    expect(await committed).toBe(SNAPSHOT);
    expect(done).toEqual(['flush', 'seal', 'request 2', 'request 2', 'request 2']);
  });

  it('gives up when storage stays away', async () => {
    const { done, clock, run } = scene(Array.from({ length: 9 }, unavailable));
    const failed = expect(run()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await clock.advance(600_000);
    await failed;
    expect(done.filter((deed) => deed.startsWith('request'))).toHaveLength(5);
  });

  it('has the next holder begin anew when packs are gone', async () => {
    const { done, run } = scene([new AppError('FAILED_PRECONDITION', 'Packs of the snapshot are missing.')]);
    await expect(run()).rejects.toMatchObject({ code: 'PACKS_LOST', cause: { code: 'FAILED_PRECONDITION' } });
    expect(done.at(-1)).toBe('begin anew');
  });

  it('tells a refusal as storage told it, and asks no more', async () => {
    const { done, run } = scene([new AppError('COMMIT_REFUSED', 'The snapshot cannot be committed.')]);
    await expect(run()).rejects.toMatchObject({ code: 'COMMIT_REFUSED' });
    expect(done).toEqual(['flush', 'seal', 'request 2']);
  });
});
