import { parseTenantId, type TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { createHash } from 'node:crypto';
import { Budgets, type AppAsk, type BudgetAsk, type BudgetLease, type BudgetMeter } from '../../app/budgets.port.js';
import { oldestCounting, slotStart, type Available } from '../../domain/budget-window.js';
import { laneShare } from '../../domain/lane-share.js';
import { BudgetUse } from './budget-use.js';
import type { AuthSchema, AuthSweep, Taken } from './auth-database.js';

type Tx = Transaction<AuthSchema>;

/** Asked again after this when all concurrency slots are taken: their holders give them back, or their leases end. */
const SLOT_WAIT_MS = 500;
/** Asked again after this at the latest, since others give back what they do not use. */
const LONGEST_WAIT_MS = 30_000;
/** A lane that was granted something is expected back within this; one that waits, when its wait is over. */
const ACTIVE_MS = 5_000;
/** For the way of an answer and the next ask. */
const ANSWER_MS = 2_000;

@Injectable()
export class PostgresBudgets extends Budgets {
  constructor(
    private readonly database: Database<AuthSchema, AuthSweep>,
    private readonly use: BudgetUse,
  ) {
    super();
  }

  override lease(ask: BudgetAsk): Promise<BudgetLease> {
    return this.database.inTenant(ask.tenantId, async (tx) => {
      const nowMs = await this.#enter(tx, ask);
      const fencedMs = await this.#fencedMs(tx, ask);
      if (fencedMs > 0) return nothing(ask, fencedMs);
      const slots = await this.#freeSlots(tx, ask);
      if (ask.slots > 0 && slots === 0) return nothing(ask, SLOT_WAIT_MS);
      const { granted, waitMs } = await this.#take(tx, ask, nowMs);
      return waitMs > 0 ? nothing(ask, waitMs) : this.#grant(tx, ask, granted, slots, nowMs);
    });
  }

  override spend({ cloud, clientId, lane, meter }: AppAsk): Promise<{ granted: number; waitMs: number }> {
    const ask = { tenantId: poolOfApp(cloud, clientId), bucket: 'app', scope: '', lane, meters: [meter] };
    return this.database.inTenant(ask.tenantId, async (tx) => {
      const { granted, waitMs } = await this.#take(tx, ask, await this.#enter(tx, ask));
      return { granted: granted[0] ?? 0, waitMs };
    });
  }

  /** Takes what the windows allow of each meter; nothing of any where one has nothing. */
  async #take(tx: Tx, ask: Ask, nowMs: number): Promise<{ granted: readonly number[]; waitMs: number }> {
    const rooms: Room[] = [];
    for (const meter of ask.meters) rooms.push(await this.#room(tx, ask, meter, nowMs));
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(...rooms.map((room) => room.waitMs)));
    const activeMs = nowMs + Math.max(waitMs, ACTIVE_MS) + ANSWER_MS;
    for (const { name, wanted } of ask.meters) if (wanted > 0) await noteActive(tx, ask, name, activeMs);
    if (waitMs > 0) {
      this.#noteUse(ask, rooms, []);
      return { granted: ask.meters.map(() => 0), waitMs };
    }
    // Windows of one unit (a minute and a day of resource units) grant the same amount.
    const granted = ask.meters.map((meter, index) =>
      Math.min(meter.wanted, rooms[index]?.amount ?? 0, ...sameUnit(ask, meter, rooms)),
    );
    this.#noteUse(ask, rooms, granted);
    for (const part of partsOf(ask, granted, nowMs)) if (part.amount > 0) await addUse(tx, ask, part);
    return { granted, waitMs: 0 };
  }

  #noteUse(ask: Ask, rooms: readonly Room[], granted: readonly number[]): void {
    for (const [index, { name: meter, limit, wanted }] of ask.meters.entries())
      if (wanted > 0) this.use.note({ ...ask, meter, limit }, (rooms[index]?.used ?? 0) + (granted[index] ?? 0));
  }

  /** One ask at a time per scope; the time is PostgreSQL's. */
  async #enter(tx: Tx, { tenantId, bucket, scope }: Scope): Promise<number> {
    const { rows } = await sql<{ now_ms: number }>`
      select pg_advisory_xact_lock(hashtextextended(${`budget/${tenantId}/${bucket}/${scope}`}, 0)),
             (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms`.execute(tx);
    return rows[0]?.now_ms ?? 0;
  }

  async #fencedMs(tx: Tx, ask: BudgetAsk): Promise<number> {
    const row = await inScope(tx.selectFrom('budget_fences'), ask)
      .select(sql<number>`ceil(extract(epoch from until - clock_timestamp()) * 1000)::bigint`.as('ms'))
      .executeTakeFirst();
    return Math.max(0, row?.ms ?? 0);
  }

  async #freeSlots(tx: Tx, ask: BudgetAsk): Promise<number> {
    await inScope(tx.deleteFrom('budget_leases'), ask)
      .where('expires_at', '<', sql<Date>`clock_timestamp()`)
      .execute();
    const { taken } = await inScope(tx.selectFrom('budget_leases'), ask)
      .select(sql<number>`coalesce(sum(slots), 0)::bigint`.as('taken'))
      .executeTakeFirstOrThrow();
    return Math.min(ask.slots, Math.max(0, ask.slotsAllowed - taken));
  }

  async #room(tx: Tx, ask: Ask, { name, limit, wanted }: BudgetMeter, nowMs: number): Promise<Room> {
    if (wanted === 0) return { amount: 0, waitMs: 0, used: 0 };
    const slots = () => inScope(tx.selectFrom('budget_slots'), ask).where('meter', '=', name);
    await inScope(tx.deleteFrom('budget_slots'), ask)
      .where('meter', '=', name)
      .where('start_ms', '<', oldestCounting(limit, nowMs))
      .execute();
    const rows = await slots().select(['start_ms', 'used', 'lane']).execute();
    const { lane } = ask;
    const waiting = await inScope(tx.selectFrom('budget_lanes'), ask)
      .select('lane')
      .where('meter', '=', name)
      .where('active_until_ms', '>', nowMs)
      .execute();
    const room = laneShare(
      limit,
      rows.map((row) => ({ startMs: row.start_ms, used: row.used, lane: row.lane })),
      { lane, active: new Set(waiting.map((row) => row.lane)), isShared: ask.scope === '' },
      nowMs,
    );
    return { ...room, used: rows.reduce((sum, { used }) => sum + used, 0) };
  }

  async #grant(tx: Tx, ask: BudgetAsk, granted: readonly number[], slots: number, nowMs: number): Promise<BudgetLease> {
    const taken = partsOf(ask, granted, nowMs);
    const lease = await tx
      .insertInto('budget_leases')
      .values({
        tenant_id: ask.tenantId,
        bucket: ask.bucket,
        scope: ask.scope,
        holder: ask.holder,
        slots,
        taken: JSON.stringify(taken),
        expires_at: sql<Date>`clock_timestamp() + ${ask.leaseMs} * interval '1 millisecond'`,
      })
      .returning(['lease_id', 'expires_at'])
      .executeTakeFirstOrThrow();
    return { leaseId: lease.lease_id, granted, slots, expiresAtMs: lease.expires_at.getTime(), waitMs: 0 };
  }

  override giveBack(tenant: TenantId, leaseId: string, unused: readonly number[], isFinished: boolean): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      const lease = await tx
        .selectFrom('budget_leases')
        .selectAll()
        .where('lease_id', '=', leaseId)
        .forUpdate()
        .executeTakeFirst();
      if (!lease) return;
      const ask = { tenantId: tenant, bucket: lease.bucket, scope: lease.scope };
      const left: Taken[] = [];
      for (const [index, part] of lease.taken.entries()) {
        // A resource unit counts in every window alike.
        const back = Math.min(unused[lease.bucket === 'sharepoint' ? 0 : index] ?? 0, part.amount);
        if (back > 0) await addUse(tx, ask, { ...part, amount: -back });
        left.push({ ...part, amount: part.amount - back });
      }
      const row = tx.updateTable('budget_leases').where('lease_id', '=', leaseId);
      if (isFinished) await tx.deleteFrom('budget_leases').where('lease_id', '=', leaseId).execute();
      else await row.set({ taken: JSON.stringify(left) }).execute();
    });
  }

  override fence(tenant: TenantId, bucket: string, scope: string, forMs: number): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      const until = sql<Date>`clock_timestamp() + ${forMs} * interval '1 millisecond'`;
      await tx
        .insertInto('budget_fences')
        .values({ tenant_id: tenant, bucket, scope, until })
        .onConflict((conflict) =>
          conflict
            .columns(['tenant_id', 'bucket', 'scope'])
            .doUpdateSet({ until: sql<Date>`greatest(budget_fences.until, excluded.until)` }),
        )
        .execute();
    });
  }
}

/** The pool that all tenants of an app registration share, in the place where a tenant's own stands: no tenant has such an id. */
function poolOfApp(cloud: string, clientId: string): TenantId {
  const hash = createHash('sha256').update(`${cloud}\0${clientId}`).digest('hex');
  return parseTenantId(
    [
      [0, 8],
      [8, 12],
      [12, 16],
      [16, 20],
      [20, 32],
    ]
      .map(([from, to]) => hash.slice(from, to))
      .join('-'),
  );
}

function partsOf(ask: Ask, granted: readonly number[], nowMs: number): readonly Taken[] {
  return ask.meters.map(({ name, limit }, index) => ({
    meter: name,
    startMs: slotStart(limit, nowMs),
    lane: ask.lane,
    amount: granted[index] ?? 0,
  }));
}

type Ask = Pick<BudgetAsk, 'tenantId' | 'bucket' | 'scope' | 'lane' | 'meters'>;
type Scope = Pick<BudgetAsk, 'tenantId' | 'bucket' | 'scope'>;

/** What a window still allows a lane, and what of it is taken by all. */
interface Room extends Available {
  readonly used: number;
}

interface Filter<Self> {
  where(column: 'tenant_id' | 'bucket' | 'scope', operator: '=', value: string): Self;
}

function inScope<Query extends Filter<Query>>(query: Query, { tenantId, bucket, scope }: Scope): Query {
  return query.where('tenant_id', '=', tenantId).where('bucket', '=', bucket).where('scope', '=', scope);
}

async function addUse(tx: Tx, { tenantId, bucket, scope }: Scope, part: Taken): Promise<void> {
  await tx
    .insertInto('budget_slots')
    .values({
      tenant_id: tenantId,
      bucket,
      scope,
      meter: part.meter,
      start_ms: part.startMs,
      lane: part.lane,
      used: part.amount,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'bucket', 'scope', 'meter', 'start_ms', 'lane'])
        .doUpdateSet({ used: sql<number>`greatest(0, budget_slots.used + excluded.used)` }),
    )
    .execute();
}

/** Notes that a lane takes or waits, so that the others leave it its share. */
async function noteActive(
  tx: Tx,
  { tenantId, bucket, scope, lane }: Ask,
  meter: string,
  untilMs: number,
): Promise<void> {
  await tx
    .insertInto('budget_lanes')
    .values({ tenant_id: tenantId, bucket, scope, meter, lane, active_until_ms: untilMs })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'bucket', 'scope', 'meter', 'lane']).doUpdateSet({ active_until_ms: untilMs }),
    )
    .execute();
}

function sameUnit(ask: Ask, meter: BudgetMeter, rooms: readonly { readonly amount: number }[]) {
  return ask.bucket === 'sharepoint' && meter.wanted > 0 ? rooms.map(({ amount }) => amount) : [];
}

function nothing(ask: BudgetAsk, waitMs: number): BudgetLease {
  return { leaseId: '', granted: ask.meters.map(() => 0), slots: 0, expiresAtMs: 0, waitMs };
}
