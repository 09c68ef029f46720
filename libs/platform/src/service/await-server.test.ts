import { AppError } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { MovableClock } from '@holdfast/testkit';
import { SilentLogger } from '../logging/logger.js';
import { awaitServer } from './await-server.js';

const AWAY = new AppError('DEPENDENCY_UNAVAILABLE', 'The database cannot be reached at the moment.');

/** Answers from the given attempt on. */
function serverThatAnswersAt(attempt: number) {
  let tries = 0;
  return {
    tries: () => tries,
    open: async () => {
      tries += 1;
      if (tries < attempt) throw AWAY;
      return 'open';
    },
  };
}

function waitFor(open: () => Promise<string>, clock: MovableClock, stopped?: AbortSignal): Promise<string> {
  return awaitServer(open, { server: 'PostgreSQL', withinMs: 10_000, clock, logger: new SilentLogger(), stopped });
}

describe('a service that starts', () => {
  it('waits for a server that comes up after it', async () => {
    const clock = new MovableClock();
    const server = serverThatAnswersAt(4);
    const opening = waitFor(server.open, clock);
    await clock.advance(2_999);
    expect(server.tries()).toBe(3);
    await clock.advance(1);
    await expect(opening).resolves.toBe('open');
  });

  it('tells what keeps a server away for too long', async () => {
    const clock = new MovableClock();
    const server = serverThatAnswersAt(Infinity);
    const opening = expect(waitFor(server.open, clock)).rejects.toBe(AWAY);
    await clock.advance(60_000);
    await opening;
    expect(server.tries()).toBe(11);
  });

  it('waits for nothing that waiting does not mend', async () => {
    const wrong = new AppError('INVALID_CONFIG', 'DATABASE_URL: leave out what it says of ssl.');
    await expect(waitFor(() => Promise.reject(wrong), new MovableClock())).rejects.toBe(wrong);
  });

  it('ends its wait when it is told to stop', async () => {
    const clock = new MovableClock();
    const stopped = new AbortController();
    const opening = waitFor(serverThatAnswersAt(Infinity).open, clock, stopped.signal);
    await clock.advance(500);
    stopped.abort();
    await expect(opening).rejects.toBe(stopped.signal.reason);
  });
});
