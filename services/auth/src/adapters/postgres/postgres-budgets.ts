import { AppError } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { Budgets, type BudgetBucket } from '../../app/budgets.port.js';
import {
  afterLoss,
  fenced,
  free,
  holdersOf,
  setBack,
  tidied,
  UNUSED,
  type BucketState,
} from '../../domain/budget/bucket.js';
import { giveBack, lease, type LeaseAnswer, type LeaseAsk } from '../../domain/budget/lease.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';
import { BudgetUse } from './budget-use.js';
import { Gathered } from './gathered.js';

type Tx = Transaction<AuthSchema>;

interface Moment {
  readonly nowMs: number;
  /** Which database counts: another one, or one that was put back from a copy, bears another name. */
  readonly countedBy: string;
}

type Decision<Result> = (state: BucketState, nowMs: number) => { readonly next: BucketState; readonly result: Result };

/** A bucket's row is locked, read and written once for all that ask at the same moment: at a job's start hundreds do. */
@Injectable()
export class PostgresBudgets extends Budgets {
  readonly #turns = new Gathered<Change<unknown>>((changes) => this.#make(changes));

  constructor(
    private readonly database: Database<AuthSchema, AuthSweep>,
    private readonly use: BudgetUse,
  ) {
    super();
  }

  override lease(bucket: BudgetBucket, ask: LeaseAsk): Promise<LeaseAnswer> {
    return this.#change(bucket, (state, nowMs) => {
      const { state: next, answer } = lease(state, bucket.rules, ask, nowMs);
      this.#noteUse(bucket, next, nowMs);
      return { next, result: answer };
    });
  }

  override giveBack(bucket: BudgetBucket, slice: Pick<LeaseAsk, 'leaseId' | 'told'>): Promise<void> {
    return this.#change(bucket, (state, nowMs) => ({
      next: giveBack(state, bucket.rules, slice, nowMs),
      result: undefined,
    }));
  }

  override fence(bucket: BudgetBucket, forMs: number): Promise<readonly string[]> {
    return this.#change(bucket, (state, nowMs) => ({
      next: fenced(state, nowMs + forMs),
      result: holdersOf(tidied(state, bucket.rules, nowMs)),
    }));
  }

  #noteUse({ tenantId, service, mailbox, rules }: BudgetBucket, state: BucketState, nowMs: number): void {
    for (const [index, { name: meter, limit }] of rules.meters.entries()) {
      const used = limit.amount - free(state, rules, index, nowMs);
      this.use.note({ tenantId, bucket: service, scope: mailbox, meter, limit }, used);
    }
  }

  async #change<Result>(bucket: BudgetBucket, decide: Decision<Result>): Promise<Result> {
    const { tenantId, service, mailbox } = bucket;
    const change = new Change(bucket, decide);
    await this.#turns.run(`${tenantId}/${service}/${mailbox}`, change);
    return change.result();
  }

  /** Changes of one bucket, each of what those before it left. */
  async #make(changes: readonly Change<unknown>[]): Promise<void> {
    const bucket = changes[0]?.bucket;
    if (!bucket) return;
    await this.database.inTenant(bucket.tenantId, async (tx) => {
      const moment = await enter(tx, bucket);
      let state = await read(tx, bucket, moment);
      for (const change of changes) state = change.of(state, moment.nowMs);
      await write(tx, bucket, state, moment);
    });
  }
}

/** What one caller wants of a bucket. */
class Change<Result> {
  #outcome: (() => Result) | undefined;

  constructor(
    readonly bucket: BudgetBucket,
    private readonly decide: Decision<Result>,
  ) {}

  /** The bucket's next state. What fails changes nothing, and fails for its caller alone. */
  of(state: BucketState, nowMs: number): BucketState {
    try {
      const { next, result } = this.decide(state, nowMs);
      this.#outcome = () => result;
      return next;
    } catch (error) {
      this.#outcome = () => {
        throw error;
      };
      return state;
    }
  }

  result(): Result {
    if (!this.#outcome) throw new AppError('INTERNAL', 'A change of a budget was not made.');
    return this.#outcome();
  }
}

/** One at a time for each bucket; the time is told after the lock is had. */
async function enter(tx: Tx, { tenantId, service, mailbox }: BudgetBucket): Promise<Moment> {
  const { rows } = await sql<{ now_ms: number; counted_by: string }>`
    select pg_advisory_xact_lock(hashtextextended(${`budget/${tenantId}/${service}/${mailbox}`}, 0)),
           (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms,
           (select system_identifier from pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) as counted_by`.execute(
    tx,
  );
  return { nowMs: rows[0]?.now_ms ?? 0, countedBy: rows[0]?.counted_by ?? '' };
}

async function read(tx: Tx, { tenantId, service, mailbox, rules }: BudgetBucket, moment: Moment): Promise<BucketState> {
  const row = await tx
    .selectFrom('budget_buckets')
    .select(['state', 'counted_by', 'counted_at_ms'])
    .where('tenant_id', '=', tenantId)
    .where('service', '=', service)
    .where('mailbox', '=', mailbox)
    .executeTakeFirst();
  if (!row) return UNUSED;
  // A row of an earlier version lacks what it did not count.
  const state = { ...UNUSED, ...row.state };
  const backMs = row.counted_at_ms - moment.nowMs;
  if (row.counted_by === moment.countedBy) return backMs > 0 ? setBack(state, backMs) : state;
  return afterLoss(state, rules, row.counted_at_ms, moment.nowMs);
}

async function write(tx: Tx, { tenantId, service, mailbox }: BudgetBucket, next: BucketState, moment: Moment) {
  const counted = { state: JSON.stringify(next), counted_by: moment.countedBy, counted_at_ms: moment.nowMs };
  await tx
    .insertInto('budget_buckets')
    .values({ tenant_id: tenantId, service, mailbox, ...counted })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'service', 'mailbox']).doUpdateSet(counted))
    .execute();
}
