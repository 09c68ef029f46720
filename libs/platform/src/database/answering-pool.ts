import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';

/**
 * A pool whose queries end: what the server does not answer in time fails with ETIMEDOUT, and its connection is never used again.
 * A connection whose other end is gone without a word (a failed-over server, a forgotten NAT entry) would else be handed out for ever.
 */
export class AnsweringPool implements PostgresPool {
  constructor(
    private readonly pool: pg.Pool,
    private readonly withinMs: number,
  ) {
    // A connection that breaks between two statements says so by this event, which ends the process where nobody listens. The next
    // statement fails for the same reason.
    pool.on('connect', (client) => client.on('error', ignore));
  }

  get options(): object {
    return this.pool.options;
  }

  async connect(): Promise<PostgresPoolClient> {
    const client: Pick<PostgresPoolClient, 'release'> = new AnsweringClient(await this.pool.connect(), this.withinMs);
    // Kysely asks a cursor of a client only where it was given a class for them.
    return client as PostgresPoolClient;
  }

  end(): Promise<void> {
    return this.pool.end();
  }
}

class AnsweringClient {
  #isSilent = false;

  constructor(
    private readonly client: pg.PoolClient,
    private readonly withinMs: number,
  ) {}

  async query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#isSilent) throw silent();
    const answer = this.client.query(text, [...values]);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.#isSilent = true;
      late.reject(silent());
    }, this.withinMs);
    answer.catch(ignore);
    try {
      return (await Promise.race([answer, late.promise])) as unknown as PostgresQueryResult<R>;
    } finally {
      clearTimeout(timer);
    }
  }

  release(isBroken = false): void {
    this.client.release(isBroken || this.#isSilent);
  }
}

const ignore = () => undefined;

function silent(): Error {
  return Object.assign(new Error('The database did not answer a statement in time.'), { code: 'ETIMEDOUT' });
}
