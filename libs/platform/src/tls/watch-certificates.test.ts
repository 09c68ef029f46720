import { AppError } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DevelopmentCa } from '../grpc/dev-ca.js';
import { Logger, type LogFields } from '../logging/logger.js';
import type { CertificateFiles } from './certificates.js';
import { watchCertificates, type WatchedCertificates } from './watch-certificates.js';

const DAY_MS = 86_400_000;
const EVERY_MS = 10_000;

class NotedLogger extends Logger {
  readonly lines: string[] = [];
  override debug(): void {}
  override info(message: string): void {
    this.lines.push(message);
  }
  override with(): this {
    return this;
  }
  override warn(message: string, fields: LogFields = {}): void {
    this.lines.push(`${message} ${JSON.stringify(fields['endsAt'])}`);
  }
  override error(): void {}
}

let watched: WatchedCertificates<CertificateFiles>;
afterEach(() => watched.close());

async function watching(everyMs = EVERY_MS) {
  const clock = new MovableClock();
  const ca = await DevelopmentCa.create(clock);
  const logger = new NotedLogger();
  const files = { now: await ca.issue('auth'), isBroken: false };
  const read = async () => {
    if (files.isBroken) throw new AppError('INVALID_CONFIG', 'half written');
    return files.now;
  };
  watched = await watchCertificates({ read, what: 'service', everyMs, clock, logger });
  return { clock, ca, logger, files };
}

describe('watched certificates', () => {
  it('are replaced as a whole when the files have changed, and listeners hear of it once', async () => {
    const { clock, ca, files, logger } = await watching();
    let heard = 0;
    const stop = watched.certificates.onReplaced(() => (heard += 1));
    await clock.advance(3 * EVERY_MS);
    expect(heard).toBe(0);
    files.now = await ca.issue('auth');
    await clock.advance(3 * EVERY_MS);
    expect(heard).toBe(1);
    expect(watched.certificates.current).toBe(files.now);
    expect(logger.lines).toEqual(['Certificates were replaced; new connections use them']);
    stop();
    files.now = await ca.issue('auth');
    await clock.advance(EVERY_MS);
    expect(heard).toBe(1);
  });

  it('stay while the files cannot be used, which is told once', async () => {
    const { clock, ca, files, logger } = await watching();
    const before = watched.certificates.current;
    files.isBroken = true;
    await clock.advance(5 * EVERY_MS);
    expect(watched.certificates.current).toBe(before);
    expect(logger.lines).toHaveLength(1);
    files.isBroken = false;
    files.now = await ca.issue('auth');
    await clock.advance(EVERY_MS);
    expect(watched.certificates.current).toBe(files.now);
  });

  it('warn each hour in the last tenth of their time, until they are replaced', async () => {
    const { clock, ca, files, logger } = await watching(DAY_MS / 48);
    await clock.advance(80 * DAY_MS);
    expect(logger.lines).toEqual([]);
    await clock.advance(2 * DAY_MS);
    const warnings = logger.lines.length;
    expect(warnings).toBeGreaterThan(20);
    expect(warnings).toBeLessThan(50);
    expect(logger.lines[0]).toMatch(/ends soon.* "2025-04-01/);
    files.now = await ca.issue('auth');
    await clock.advance(DAY_MS);
    expect(logger.lines).toHaveLength(warnings + 1);
  });
});
