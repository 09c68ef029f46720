import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { Budgets, type BudgetBucket } from '../../app/budgets.port.js';
import { afterLoss, fenced, free, holdersOf, tidied, UNUSED, type BucketState } from '../../domain/budget/bucket.js';
import { giveBack, lease, type LeaseAnswer, type LeaseAsk } from '../../domain/budget/lease.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';
import { BudgetUse } from './budget-use.js';

type Tx = Transaction<AuthSchema>;

interface Moment {
  readonly nowMs: number;
  /** Which database counts: another one, or one that was put back from a copy, bears another name. */
  readonly countedBy: string;
}

@Injectable()
export class PostgresBudgets extends Budgets {
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

  #change<Result>(
    bucket: BudgetBucket,
    decide: (state: BucketState, nowMs: number) => { readonly next: BucketState; readonly result: Result },
  ): Promise<Result> {
    return this.database.inTenant(bucket.tenantId, async (tx) => {
      const moment = await enter(tx, bucket);
      const before = await read(tx, bucket, moment);
      const { next, result } = decide(before, moment.nowMs);
      await write(tx, bucket, next, moment);
      return result;
    });
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
  if (row.counted_by === moment.countedBy) return row.state;
  return afterLoss(row.state, rules, row.counted_at_ms, moment.nowMs);
}

async function write(tx: Tx, { tenantId, service, mailbox }: BudgetBucket, next: BucketState, moment: Moment) {
  const counted = { state: JSON.stringify(next), counted_by: moment.countedBy, counted_at_ms: moment.nowMs };
  await tx
    .insertInto('budget_buckets')
    .values({ tenant_id: tenantId, service, mailbox, ...counted })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'service', 'mailbox']).doUpdateSet(counted))
    .execute();
}
