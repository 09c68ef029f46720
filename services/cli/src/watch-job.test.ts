import { describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { JOB, NOW, ours, useFakeApi, world } from './api-world.suite.js';

const api = useFakeApi();
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';

class Terminal extends Writable {
  readonly isTTY = true;
  text = '';

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += piece.toString();
    done();
  }
}

describe('a watch at a terminal', () => {
  it('gives the cursor back before Ctrl+C ends it', async () => {
    const running = {
      ...{ jobId: JOB, atMs: NOW, state: 'running', tasksTotal: 2, tasksFinished: 1, itemsDone: 5, bytesDone: 9 },
      ...{ requests: 3, throttled: 0, runningResourceIds: ['mail.u1'], warnings: [] },
    };
    // A watch that breaks off after its first event, so that the command waits before it asks again.
    let answers = 0;
    const activity = () => {
      answers += 1;
      return answers === 1 ? `event: activity\ndata: ${JSON.stringify(running)}\n\n` : 'event: end\ndata: {}\n\n';
    };
    api().answers({ ...world, [`GET ${ours}/jobs/${JOB}/activity`]: activity });
    const stderr = new Terminal();
    const signal: { restore?: () => void; isLeftOff?: boolean } = {};
    let seen = '';
    await api().run(['backup', 'watch', JOB!], {
      around: {
        stderr,
        beforeSignals: (restore) => {
          signal.restore = restore;
          return () => (signal.isLeftOff = true);
        },
        sleep: async () => {
          signal.restore?.();
          seen = stderr.text;
        },
      },
    });
    expect(seen).toContain(HIDE_CURSOR);
    expect(seen.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(seen.lastIndexOf(HIDE_CURSOR));
    expect(signal.isLeftOff).toBe(true);
  });
});
