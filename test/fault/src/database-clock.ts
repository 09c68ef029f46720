import { SystemClock } from '@holdfast/kernel';
import pg from 'pg';
import type { ProcessClocks } from './process-clocks.js';

/** The name under which PostgreSQL's clock is kept. */
export const DATABASE_CLOCK = 'postgres';
/** The offset's file is read again each second; a loaded machine answers late. */
const MOVED_WITHIN_MS = 15_000;
const LOOK_MS = 100;
/** Between asking a server and its answer. */
const NEAR_SECONDS = 2;

/** PostgreSQL's own clock, which all its sessions go by. */
export class DatabaseClock {
  #isRight = true;

  constructor(
    private readonly clocks: ProcessClocks,
    private readonly url: string,
  ) {}

  /** Resolves when PostgreSQL itself tells a time that is off by so many seconds; rejects where it does not come to that. */
  async set(offsetSeconds: number): Promise<void> {
    this.#isRight = offsetSeconds === 0;
    await this.clocks.set(DATABASE_CLOCK, offsetSeconds);
    const clock = new SystemClock();
    const giveUpAt = clock.now() + MOVED_WITHIN_MS;
    for (;;) {
      const off = (await this.#now()) - clock.now() / 1_000;
      if (Math.abs(off - offsetSeconds) < NEAR_SECONDS) return;
      if (clock.now() > giveUpAt)
        throw new Error(
          `PostgreSQL's clock is ${off} s off, not ${offsetSeconds} s: libfaketime is not loaded into it, or does not read its file. Look at the container's log.`,
        );
      await clock.sleep(LOOK_MS);
    }
  }

  /** As if it had never been off. */
  async putRight(): Promise<void> {
    if (!this.#isRight) await this.set(0);
  }

  async #now(): Promise<number> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ now: number }>(
        'select extract(epoch from clock_timestamp())::float8 as now',
      );
      return rows[0]?.now ?? 0;
    } finally {
      await client.end();
    }
  }
}
