import { describe, expect, it } from '@jest/globals';
import { MovableClock } from '@holdfast/testkit';
import { setImmediate } from 'node:timers/promises';
import { SilentLogger } from '../logging/logger.js';
import { Rounds } from './rounds.js';

class Heard extends SilentLogger {
  readonly warnings: object[] = [];
  override warn(_message?: string, fields: object = {}): void {
    this.warnings.push(fields);
  }
}

class Counted extends Rounds {
  rounds = 0;
  readonly answers: (boolean | Error)[] = [];
  readonly heard: Heard;

  constructor(readonly clock: MovableClock) {
    const logger = new Heard();
    super({ clock, logger, intervalMs: 1_000 });
    this.heard = logger;
  }

  protected override async round(): Promise<boolean> {
    this.rounds += 1;
    const answer = this.answers.shift() ?? false;
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

async function started(...answers: (boolean | Error)[]): Promise<Counted> {
  const work = new Counted(new MovableClock());
  work.answers.push(...answers);
  work.onApplicationBootstrap();
  await setImmediate();
  return work;
}

describe('Rounds', () => {
  it('rest between rounds, and only while nothing more is due', async () => {
    const work = await started(true, true);
    expect(work.rounds).toBe(3);
    await work.clock.advance(1_000);
    expect(work.rounds).toBe(4);
    await work.onApplicationShutdown();
  });

  it('go on after one that failed, and say which work it was', async () => {
    const work = await started(new Error('no'));
    expect(work.heard.warnings).toMatchObject([{ work: 'Counted' }]);
    await work.clock.advance(1_000);
    expect(work.rounds).toBe(2);
    await work.onApplicationShutdown();
  });

  it('end with the service, without another round', async () => {
    const work = await started();
    await work.onApplicationShutdown();
    await work.clock.advance(10_000);
    expect(work.rounds).toBe(1);
  });
});
