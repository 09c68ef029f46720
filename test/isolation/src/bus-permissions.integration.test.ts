import { budgetFenced, crawlReady, EVENTS, LANES, SIGNALS, subjectOf, type TaskReady } from '@holdfast/contracts';
import { SystemClock, type TenantId } from '@holdfast/kernel';
import { describeWithServer, missingNats } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Attempts, BusWorld, OURS, THEIRS } from './bus-world.suite.js';

const clock = new SystemClock();
const PARTIES = ['auth', 'scheduler', 'crawler', 'storage', 'restore', 'reporting'] as const;
const STREAMS = [...new Set(EVENTS.map(({ subject }) => `holdfast-${String(subject.split('.')[0])}`))];

const VALUES = { lane: 'increment', workload: 'mail', kind: 'retention', bucket: 'outlook' };
const MESSAGES = [...EVENTS, ...SIGNALS];

/** A subject of each event and signal of a tenant. */
const subjectsOf = (tenantId: TenantId, messages: readonly { readonly subject: string }[] = MESSAGES) =>
  messages.map(({ subject }) => subjectOf(subject, { tenantId, ...VALUES }));
const filterOf = ({ subject }: { readonly subject: string }) => subject.replaceAll(/\{\w+\}/g, '*');
const bells = (subjects: readonly string[]) => subjects.map((subject) => `holdfast.bell.${subject}`);
const ring = (tenantId: TenantId): TaskReady =>
  crawlReady.schema.parse({
    tenantId,
    jobId: '11111111-0000-4000-8000-000000000000',
    taskId: '22222222-0000-4000-8000-000000000000',
    lane: 'increment',
    workload: 'mail',
  });

/** What reads a stream, changes it or tells of it, past the consumers. */
const pastConsumers = (stream: string) =>
  [
    `STREAM.INFO.${stream}`,
    `STREAM.UPDATE.${stream}`,
    `STREAM.CREATE.${stream}`,
    `STREAM.DELETE.${stream}`,
    `STREAM.PURGE.${stream}`,
    `STREAM.MSG.GET.${stream}`,
    `STREAM.MSG.DELETE.${stream}`,
    `STREAM.SNAPSHOT.${stream}`,
    `DIRECT.GET.${stream}`,
    `DIRECT.GET.${stream}.>`,
    `CONSUMER.NAMES.${stream}`,
    `CONSUMER.LIST.${stream}`,
    `CONSUMER.DURABLE.CREATE.${stream}.mine`,
    `CONSUMER.CREATE.${stream}`,
    `CONSUMER.CREATE.${stream}.mine`,
  ].map((asked) => `$JS.API.${asked}`);

/** What a consumer can be asked. */
const onConsumer = (stream: string, name: string) =>
  ['INFO', 'MSG.NEXT', 'DELETE', 'PAUSE', 'UNPIN'].map((asked) => `$JS.API.CONSUMER.${asked}.${stream}.${name}`);

describeWithServer('the permissions of the bus', missingNats(), () => {
  let world: BusWorld;
  beforeAll(async () => {
    world = await BusWorld.start();
    const scheduler = await world.busOf('scheduler');
    for (const event of EVENTS) await scheduler.prepare(event);
    for (const tenant of [OURS, THEIRS]) await scheduler.publish(crawlReady, ring(tenant));
    // So that the other's consumers are there to be attacked.
    const theirs = await world.busOf('crawler', THEIRS);
    const listening = { durable: 'crawler', concurrency: 1, only: { tenantId: THEIRS } };
    await (await theirs.consume(crawlReady, listening, () => clock.sleep(60_000))).close();
  }, 30_000);
  afterAll(() => world.stop());

  it('let a crawler for one tenant hear its own doorbells, made before and after, and no other’s', async () => {
    const crawler = await world.busOf('crawler', OURS);
    const heard: TenantId[] = [];
    const listening = { durable: 'crawler', concurrency: 2, only: { tenantId: OURS } };
    await crawler.consume(crawlReady, listening, async ({ tenantId }) => void heard.push(tenantId));
    const scheduler = await world.busOf('scheduler');
    for (const tenant of [THEIRS, OURS, THEIRS, OURS]) await scheduler.publish(crawlReady, ring(tenant));
    while (heard.length < 3) await clock.sleep(20);
    await clock.sleep(300);
    expect(heard).toEqual([OURS, OURS, OURS]);
    await crawler.close();
  }, 20_000);

  it('let it hear its own tenant’s fences, and no other’s', async () => {
    const crawler = await world.busOf('crawler', OURS);
    const heard: TenantId[] = [];
    await crawler.hear(budgetFenced, { only: { tenantId: OURS } }, ({ tenantId }) => heard.push(tenantId));
    const auth = await world.busOf('auth');
    for (const tenantId of [THEIRS, OURS])
      await auth.signal(budgetFenced, { tenantId, bucket: 'outlook', mailbox: 'u1' });
    while (heard.length < 1) await clock.sleep(20);
    await clock.sleep(200);
    expect(heard).toEqual([OURS]);
  }, 20_000);

  it('let it subscribe to nothing of another tenant’s, nor of another service’s', async () => {
    const attempts = new Attempts(await world.connectionOf('crawler', OURS));
    const foreign = [
      ...subjectsOf(THEIRS),
      ...bells(subjectsOf(THEIRS)),
      ...subjectsOf(OURS, EVENTS),
      'fence.>',
      'fence.*.*',
      'fence.*.outlook',
      `fence.${THEIRS}.>`,
      'crawl.>',
      'crawl.*.increment.mail',
      `crawl.${THEIRS}.>`,
      '>',
      '*.>',
      'holdfast.bell.>',
      'holdfast.bell.crawl.*.*.*',
      '_INBOX.>',
      '_INBOX.*.>',
      '_INBOX.crawler.>',
      `_INBOX.crawler-${THEIRS}.>`,
      '$JS.>',
      '$JS.ACK.>',
      '$JS.EVENT.ADVISORY.>',
      '$SYS.>',
    ];
    expect(await attempts.subscribe(foreign)).toEqual(foreign);
    const own = [`_INBOX.crawler-${OURS}.>`, `holdfast.bell.crawl.${OURS}.*.*`, `fence.${OURS}.*`];
    expect(await attempts.subscribe(own)).toEqual([]);
  });

  it('let it publish nothing at all', async () => {
    const attempts = new Attempts(await world.connectionOf('crawler', OURS));
    const foreign = [OURS, THEIRS].flatMap((tenant) => [...subjectsOf(tenant), ...bells(subjectsOf(tenant))]);
    expect(await attempts.publish(foreign)).toEqual(foreign);
  });

  it('let it pull from, make, change and acknowledge no other’s consumer', async () => {
    const attempts = new Attempts(await world.connectionOf('crawler', OURS));
    const foreign = [
      ...STREAMS.flatMap(pastConsumers),
      ...LANES.flatMap((lane) => [
        ...onConsumer('holdfast-crawl', `crawl_${THEIRS}_${lane}`),
        `$JS.API.CONSUMER.CREATE.holdfast-crawl.crawl_${THEIRS}_${lane}.crawl.${THEIRS}.${lane}.*`,
        `$JS.API.CONSUMER.CREATE.holdfast-crawl.crawl_${OURS}_${lane}.crawl.${THEIRS}.${lane}.*`,
        `$JS.API.CONSUMER.CREATE.holdfast-crawl.crawl_${OURS}_${lane}`,
        `$JS.ACK.holdfast-crawl.crawl_${THEIRS}_${lane}.1.1.1.1.0`,
        ...onConsumer('holdfast-restore', `restore_${OURS}_${lane}`),
      ]),
      ...onConsumer('holdfast-event', 'reporting_event_all_job-changed'),
    ];
    expect(await attempts.publish(foreign, `_INBOX.crawler-${OURS}.x`)).toEqual(foreign);
  });

  it('do not let it have the server say for it what it may not say itself', async () => {
    const connection = await world.connectionOf('crawler', OURS);
    const crawler = await world.busOf('crawler', OURS);
    const listening = { durable: 'crawler', concurrency: 2, only: { tenantId: OURS } };
    await (await crawler.consume(crawlReady, listening, async () => undefined)).close();
    const scheduler = await world.busOf('scheduler');
    const shared = await world.busOf('crawler');
    const heard: string[] = [];
    await shared.consume(
      crawlReady,
      { durable: 'crawler', concurrency: 2, only: { tenantId: THEIRS } },
      async (told) => {
        heard.push(told.tenantId);
      },
    );
    await scheduler.publish(crawlReady, ring(OURS));
    // A pull is answered to wherever it says. What comes of that has another tenant's subject and our payload.
    connection.publish(
      `$JS.API.CONSUMER.MSG.NEXT.holdfast-crawl.crawl_${OURS}_increment`,
      JSON.stringify({ batch: 1, no_wait: true }),
      { reply: `crawl.${THEIRS}.increment.mail` },
    );
    await connection.flush();
    await clock.sleep(1_000);
    expect(new Set(heard)).toEqual(new Set([THEIRS]));
  }, 20_000);

  it('let each service send its own events and hear what is for it, and nothing else', async () => {
    for (const party of PARTIES) {
      const attempts = new Attempts(await world.connectionOf(party));
      const others = MESSAGES.filter(({ from }) => from !== party);
      const foreign = [...subjectsOf(OURS, others), ...bells(subjectsOf(OURS, others))];
      expect(await attempts.publish(foreign)).toEqual(foreign);
      const events = EVENTS.filter(({ from }) => from === party);
      const signals = SIGNALS.filter(({ from }) => from === party);
      const own = subjectsOf(OURS, [...events, ...signals]);
      expect(await attempts.publish([...own, ...bells(subjectsOf(OURS, events))])).toEqual([]);
      const heard = SIGNALS.filter(({ to }) => [...to, ''].includes(party)).map(filterOf);
      expect(await attempts.subscribe(heard)).toEqual([]);
      const unheard = [
        ...EVENTS.map(filterOf),
        ...EVENTS.filter(({ to }) => to !== party).map((event) => `holdfast.bell.${filterOf(event)}`),
        ...SIGNALS.map(filterOf).filter((filter) => !heard.includes(filter)),
      ];
      const wide = ['>', 'fence.>', '_INBOX.>', 'holdfast.bell.>', '$JS.>', '$SYS.>'];
      expect(await attempts.subscribe([...unheard, ...wide])).toEqual([...unheard, ...wide]);
    }
  }, 20_000);

  it('let no listener change a stream, or read another’s', async () => {
    for (const party of ['auth', 'crawler', 'storage', 'restore', 'reporting'] as const) {
      const attempts = new Attempts(await world.connectionOf(party));
      const own = new Set(EVENTS.filter(({ to }) => to === party).map(({ subject }) => subject.split('.')[0]));
      const foreign = STREAMS.flatMap((stream) => {
        const isOwn = own.has(stream.replace('holdfast-', ''));
        return pastConsumers(stream).filter((subject) => !isOwn || !subject.includes('STREAM.INFO'));
      });
      const consumers = STREAMS.filter((stream) => !own.has(stream.replace('holdfast-', ''))).flatMap((stream) =>
        onConsumer(stream, `${stream.replace('holdfast-', '')}_${OURS}_increment`),
      );
      const asked = [...foreign, ...consumers];
      expect(await attempts.publish(asked, `_INBOX.${party}.x`)).toEqual(asked);
    }
  }, 20_000);

  it('let in no service that has no business on the bus, and no crawler of a tenant that has none of its own', async () => {
    await expect(world.connectionOf('gateway')).rejects.toThrow(/authori[sz]ation/i);
    const stranger = 'cccccccc-0000-4000-8000-000000000000' as TenantId;
    await expect(world.connectionOf('crawler', stranger)).rejects.toThrow(/authori[sz]ation/i);
  }, 20_000);
});
