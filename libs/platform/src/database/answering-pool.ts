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

/** What begins a transaction. */
const BEGIN = /^begin\b/;
/** What ends one. */
const END = /^(commit|rollback)$/;
/** The answer to what is not sent. */
const NOTHING = { command: 'SELECT', rowCount: 0, rows: [] } as const satisfies PostgresQueryResult<never>;

/**
 * A connection of the pool. What begins a transaction waits for the transaction's first statement and goes with it in one message: most
 * are a statement or two long, and each message wakes two processes. Where none follows, nothing is sent at all. Should the server
 * refuse the begin, the statement finds itself without a tenant, sees no row and may write none; its caller gets the first failure.
 */
class AnsweringClient {
  #isSilent = false;
  #begin: string | undefined;

  constructor(
    private readonly client: pg.PoolClient,
    private readonly withinMs: number,
  ) {}

  async query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#isSilent) throw silent();
    const begin = this.#begin;
    this.#begin = undefined;
    if (BEGIN.test(text)) {
      this.#begin = text;
      return NOTHING;
    }
    if (begin === undefined) return this.#answered(this.client.query(text, [...values]));
    if (END.test(text)) return NOTHING;
    const { stream } = this.client.connection;
    stream.cork();
    const begun = this.client.query(begin);
    const answer = this.client.query(text, [...values]);
    stream.uncork();
    answer.catch(ignore);
    return this.#answered(begun.then(() => answer));
  }

  async #answered<R>(answer: Promise<pg.QueryResult>): Promise<PostgresQueryResult<R>> {
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
