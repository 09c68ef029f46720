import { AppError, type TenantId } from '@holdfast/kernel';
import { Kysely, PostgresDialect, type PostgresDialectConfig, PostgresDriver, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Logger } from '../logging/logger.js';
import { observePool } from '../telemetry/observe-pool.js';
import { inTransactionSpan } from '../telemetry/transaction-spans.js';
import { AnsweringPool } from './answering-pool.js';
import { clientOf, type DatabaseAddress } from './database-address.js';
import { translateDatabaseError } from './database-errors.js';
import type { ServiceUrls } from './prepare-database.js';
import { TENANT_SETTING } from './tenant-rls.js';

/** Seconds that a connection is used. */
const CONNECTION_S = 3_600;
/** A connection that nobody uses is kept for the next rush: a new one costs both sides a signing-in and the server its caches. */
const RESTING_MS = 60_000;
const STATEMENT_MS = 60_000;
/** What a statement that was given up gets for its answer to arrive. */
const ANSWER_MARGIN_MS = 2_000;

export interface DatabaseOptions<Sweep extends string> extends ServiceUrls {
  /** The service's schema. */
  readonly schema: string;
  /** Every reason for which rows of all tenants may be read, by name. */
  readonly sweeps: readonly Sweep[];
  readonly logger: Logger;
  /** Connections at most, besides two for sweeps; 10 when absent. */
  readonly maxConnections?: number;
  /** Milliseconds after which the server gives a statement up, waits for locks included; 60,000 when absent. */
  readonly statementMs?: number;
}

/**
 * A service's own tables, one transaction at a time. `bigint` is read as a number and refused beyond 2^53; `numeric` is a text.
 * Failures of the connection are DEPENDENCY_UNAVAILABLE.
 */
export class Database<Tables, Sweep extends string = string> {
  private constructor(
    private readonly service: Kysely<Tables>,
    private readonly sweeper: Kysely<Tables>,
    private readonly sweeps: ReadonlySet<string>,
    /** The service's schema. */
    readonly schema: string,
    /** For a connection that waits for notifications. */
    readonly listenAddress: DatabaseAddress,
  ) {}

  /** Connects and makes sure that row-level security binds the roles. */
  static async open<Tables, Sweep extends string = string>(
    options: DatabaseOptions<Sweep>,
  ): Promise<Database<Tables, Sweep>> {
    const { schema, url, sweepUrl, tls, maxConnections = 10 } = options;
    const sweeps = { url: sweepUrl, tls };
    const service = connect<Tables>(options, { name: schema, address: { url, tls }, max: maxConnections });
    const sweeper = connect<Tables>(options, { name: `${schema}/sweeps`, address: sweeps, max: 2 });
    const database = new Database<Tables, Sweep>(service, sweeper, new Set(options.sweeps), options.schema, sweeps);
    try {
      await refuseFreeRole(service, options.schema);
      await refuseFreeRole(sweeper, options.schema);
    } catch (error) {
      await database.close();
      throw translateDatabaseError(error);
    }
    return database;
  }

  /** Runs `work` in a transaction that sees and writes rows of this tenant only. Repeated by the caller, if at all. */
  inTenant<T>(tenant: TenantId, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return inTransactionSpan(this.schema, 'transaction', () => inTransaction(this.service, beginFor(tenant), work));
  }

  /** Runs a listed sweep in a transaction that sees the swept tables of all tenants, and of the others no tenant's rows. */
  acrossTenants<T>(sweep: Sweep, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    if (!this.sweeps.has(sweep)) throw new Error(`the sweep ${sweep} is not in this database's list`);
    return inTransactionSpan(this.schema, `sweep ${sweep}`, () => inTransaction(this.sweeper, 'begin', work));
  }

  /** Resolves when the server answers. */
  async ping(): Promise<void> {
    await inTransaction(this.service, 'begin', (tx) => sql`select 1`.execute(tx));
  }

  /** Waits for running transactions and closes all connections. */
  async close(): Promise<void> {
    await Promise.all([this.service.destroy(), this.sweeper.destroy()]);
  }
}

/** In one message to the server: most transactions are a statement or two long, and each message wakes two processes. */
function beginFor(tenant: TenantId): string {
  return `begin; select set_config(${pg.escapeLiteral(TENANT_SETTING)}, ${pg.escapeLiteral(tenant)}, true)`;
}

async function inTransaction<Tables, T>(
  connection: Kysely<Tables>,
  begin: string,
  work: (tx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  try {
    return await connection.transaction().execute(async (tx) => {
      await sql.raw(begin).execute(tx);
      return work(tx);
    });
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/** Leaves the begin to {@link inTransaction}, which sends the tenant with it. */
class BeginningDialect extends PostgresDialect {
  constructor(private readonly options: PostgresDialectConfig) {
    super(options);
  }

  override createDriver(): PostgresDriver {
    const driver = new PostgresDriver(this.options);
    driver.beginTransaction = async () => undefined;
    return driver;
  }
}

interface PoolSettings {
  readonly name: string;
  readonly address: DatabaseAddress;
  readonly max: number;
}

function connect<Tables>(
  { schema, logger, statementMs = STATEMENT_MS }: DatabaseOptions<string>,
  { name, address, max }: PoolSettings,
): Kysely<Tables> {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, exactNumber);
  const pool = new pg.Pool({
    Client: clientOf(address),
    max,
    // So that a certificate that was replaced is shown on no connection any more.
    maxLifetimeSeconds: CONNECTION_S,
    idleTimeoutMillis: RESTING_MS,
    // A process that is stopped or cut off in a transaction loses it, and with it the locks that others wait for.
    options:
      `-c search_path=${schema} -c statement_timeout=${statementMs} ` +
      `-c idle_in_transaction_session_timeout=${statementMs}`,
    application_name: `holdfast ${schema}`,
    connectionTimeoutMillis: 10_000,
    // A transaction's begin goes with its first statement (AnsweringPool).
    pipeline: true,
    types,
  });
  observePool(name, pool);
  pool.on('error', (error) => {
    // A server that stops right after us may be faster than our farewell.
    if (!pool.ending) logger.warn('A resting database connection was lost', { error });
  });
  const answering = new AnsweringPool(pool, statementMs + ANSWER_MARGIN_MS);
  return new Kysely<Tables>({ dialect: new BeginningDialect({ pool: answering }) });
}

function exactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint of the database is beyond 2^53');
  return value;
}

async function refuseFreeRole<Tables>(connection: Kysely<Tables>, schema: string): Promise<void> {
  const { rows } = await sql<{ is_free: boolean }>`
    select rolsuper or rolbypassrls or exists (
      select from pg_class c where c.relnamespace = ${schema}::regnamespace and pg_has_role(current_user, c.relowner, 'member')
    ) as is_free
    from pg_roles where rolname = current_user`.execute(connection);
  if (rows[0]?.is_free === false) return;
  throw new AppError(
    'INVALID_CONFIG',
    `The address of the database signs in as a role that row-level security does not bind. ` +
      `Use a role that is neither superuser nor owner of the schema ${schema} and has no BYPASSRLS.`,
    { context: { schema } },
  );
}
