import { defineEvent } from '@holdfast/contracts';
import { AppError, type Clock, parseTenantId, SystemClock } from '@holdfast/kernel';
import { MovableClock, startTestPostgres, startTestTelemetry, type TestPostgres } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { sql } from 'kysely';
import { z } from 'zod';
import { until } from '../bus/bus.suite.js';
import { InProcessEventBus } from '../bus/in-process-event-bus.js';
import { Secret } from '../config/secret.js';
import { SilentLogger } from '../logging/logger.js';
import { inSpan } from '../telemetry/in-span.js';
import { Database } from './database.js';
import { addToOutbox, outboxTable, outboxTraces } from './outbox.js';
import { OUTBOX_SWEEP, OutboxDispatcher } from './outbox-dispatcher.js';
import { prepareDatabase } from './prepare-database.js';
import { serviceUrls } from './service-urls.js';

const schema = 'posts';
const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const clock = new SystemClock();
const logger = new SilentLogger();
const posted = defineEvent({
  name: 'test.posted.v1',
  kind: 'doorbell',
  subject: 'post.{tenantId}.any',
  from: 'scheduler',
  to: 'crawler',
  ackWaitMs: 1_000,
  schema: z.object({ tenantId: z.string().transform(parseTenantId), n: z.int() }),
});

const noticed = defineEvent({
  name: 'test.noticed.v1',
  kind: 'notice',
  subject: 'notice.{tenantId}.any',
  from: 'scheduler',
  to: 'reporting',
  ackWaitMs: 1_000,
  schema: z.object({ tenantId: z.string().transform(parseTenantId), n: z.int() }),
});

let server: TestPostgres;
const open: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});
afterAll(() => server.stop());

async function opened() {
  const adminUrl = new Secret(await server.createDatabase());
  const urls = serviceUrls(adminUrl, schema, new Secret('secret'));
  await prepareDatabase({
    adminUrl,
    ...urls,
    schema,
    migrations: [{ name: '0001', up: `${outboxTable(schema)};${outboxTraces}` }],
  });
  const database = await Database.open<object, typeof OUTBOX_SWEEP>({
    ...urls,
    schema,
    sweeps: [OUTBOX_SWEEP],
    logger,
  });
  const bus = new InProcessEventBus({ clock, logger });
  const got: number[] = [];
  await bus.consume(posted, { durable: 'test', concurrency: 4 }, async ({ n }) => void got.push(n));
  open.push(database, bus);
  return { database, bus, got };
}

function dispatching(database: Database<object, typeof OUTBOX_SWEEP>, bus: InProcessEventBus, time: Clock = clock) {
  const dispatcher = new OutboxDispatcher({ database, bus, events: [posted, noticed], clock: time, logger });
  dispatcher.start();
  open.push(dispatcher);
  return dispatcher;
}

describe('the outbox', () => {
  it('sends what was committed, when it is, and nothing else', async () => {
    const { database, bus, got } = await opened();
    // Its clock stands still, so that only the commit can wake it.
    dispatching(database, bus, new MovableClock());
    await clock.sleep(100);
    await database.inTenant(tenant, (tx) => addToOutbox(tx, posted, { tenantId: tenant, n: 1 }));
    await until(() => got.length === 1);
    const undone = database.inTenant(tenant, async (tx) => {
      await addToOutbox(tx, posted, { tenantId: tenant, n: 2 });
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    await clock.sleep(100);
    expect(got).toEqual([1]);
    const left = await database.acrossTenants(OUTBOX_SWEEP, (tx) => sql`select 1 from outbox`.execute(tx));
    expect(left.rows).toEqual([]);
  });

  it('sends each message once though many dispatch, and what was left from before', async () => {
    const { database, bus, got } = await opened();
    await database.inTenant(tenant, async (tx) => {
      for (let n = 0; n < 250; n += 1) await addToOutbox(tx, posted, { tenantId: tenant, n });
    });
    dispatching(database, bus);
    dispatching(database, bus);
    await until(() => got.length === 250);
    await clock.sleep(100);
    expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, n) => n));
  });

  it('keeps what the bus does not take, and tries again', async () => {
    const { database, bus, got } = await opened();
    let refusals = 0;
    const publish = bus.publish.bind(bus);
    bus.publish = async (...args: Parameters<typeof publish>) => {
      if ((refusals += 1) < 2) throw new AppError('DEPENDENCY_UNAVAILABLE', 'Away.');
      await publish(...args);
    };
    const dispatcher = dispatching(database, bus);
    await database.inTenant(tenant, (tx) => addToOutbox(tx, posted, { tenantId: tenant, n: 1 }));
    await until(() => refusals >= 1);
    dispatcher.ring();
    await until(() => got.length === 1);
  });

  it('carries the trace of who wrote, and tells how much waits and how the pools are used', async () => {
    const { receiver, end } = await startTestTelemetry({ OTEL_METRIC_EXPORT_INTERVAL: '100' });
    const { database, bus, got } = await opened();
    await inSpan('work', { kind: SpanKind.INTERNAL, mayBegin: true }, () =>
      database.inTenant(tenant, (tx) => addToOutbox(tx, posted, { tenantId: tenant, n: 1 })),
    );
    const publish = bus.publish.bind(bus);
    bus.publish = () => Promise.reject(new AppError('DEPENDENCY_UNAVAILABLE', 'Away.'));
    dispatching(database, bus);
    await until(() => receiver.sum('holdfast.outbox.depth', { service: schema }) === 1);
    const idle = { 'db.client.connection.pool.name': schema, 'db.client.connection.state': 'idle' };
    expect(receiver.sum('db.client.connection.count', idle)).toBeGreaterThan(0);
    bus.publish = publish;
    await until(() => got.length === 1);
    const { spans } = await end();
    const work = spans.find(({ name }) => name === 'work');
    const sent = spans.find(({ name }) => name === `send ${posted.name}`);
    expect(sent).toMatchObject({ traceId: work?.traceId, parentSpanId: work?.spanId });
  });

  it('takes to the bus what it has room for, behind however much it has no room for', async () => {
    const { database, bus } = await opened();
    const told: number[] = [];
    await bus.consume(noticed, { durable: 'test', concurrency: 1 }, async ({ n }) => void told.push(n));
    const publish = bus.publish.bind(bus);
    bus.publish = async (...given: Parameters<typeof publish>) => {
      if (given[0].name === posted.name)
        throw new AppError('DEPENDENCY_UNAVAILABLE', 'Too many messages wait on the bus. Try again later.');
      await publish(...given);
    };
    await database.inTenant(tenant, async (tx) => {
      for (let n = 0; n < 200; n += 1) await addToOutbox(tx, posted, { tenantId: tenant, n });
      await addToOutbox(tx, noticed, { tenantId: tenant, n: 7 });
    });
    dispatching(database, bus);
    await clock.sleep(3_500);
    expect(told).toEqual([7]);
  }, 20_000);

  it('keeps a notice of before for its listener in the same process, which starts after it', async () => {
    const { database, bus } = await opened();
    await database.inTenant(tenant, (tx) => addToOutbox(tx, noticed, { tenantId: tenant, n: 7 }));
    // As scheduler does at a start of the single process, and reporting after scheduler, auth and storage.
    dispatching(database, bus);
    await clock.sleep(500);
    const told: number[] = [];
    await bus.consume(noticed, { durable: 'test', concurrency: 1 }, async ({ n }) => void told.push(n));
    await clock.sleep(1_500);
    expect(told).toEqual([7]);
  }, 20_000);

  it('refuses to add what breaks the schema, or to write for another tenant', async () => {
    const { database } = await opened();
    const bad = database.inTenant(tenant, (tx) => addToOutbox(tx, posted, { tenantId: tenant, n: 0.5 }));
    await expect(bad).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const other = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
    const stolen = database.inTenant(tenant, (tx) => addToOutbox(tx, posted, { tenantId: other, n: 1 }));
    await expect(stolen).rejects.toThrow(/row-level security/);
  });
});
