import { CLOUD, type RunningSystem } from '@holdfast/demo';
import { OtlpReceiver, type ReceivedSpan } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const WITHIN_MS = 120_000;
const SERVER = 2;
const CONSUMER = 5;

export type TracedSystem = Pick<RunningSystem, 'api' | 'control' | 'destination' | 'close'>;

/** What a backup and a restore came to, by the API's word. */
interface Done {
  readonly tenantId: string;
  readonly clientSecret: string;
  readonly backupJob: string;
  readonly restoreJob: string;
  readonly freeingJob: string;
  readonly taskIds: readonly string[];
  readonly report: Awaited<ReturnType<RunningSystem['api']['jobReport']>>;
  readonly restored: Awaited<ReturnType<RunningSystem['api']['jobReport']>>;
}

/** Backs a small tenant up, loses half of it, restores it. */
async function backUpAndRestore({ api, control, destination }: TracedSystem): Promise<Done> {
  const {
    tenantId: directoryId,
    clientId,
    clientSecret,
  } = await control.createTenant({ users: 2, messages: 30, files: 8, seed: 3 });
  const credential = { kind: 'secret', clientSecret };
  const { tenantId } = await api.createTenant({ displayName: 'T', directoryId, clientId, cloud: CLOUD, credential });
  const { destinationId } = await api.createDestination(tenantId, destination);
  const { backupSet } = await api.createSet(tenantId, {
    displayName: 'Everybody',
    destinationIds: [destinationId],
    workloads: ['mail', 'drive'],
  });
  const backup = await api.startBackup(tenantId, backupSet.backupSetId);
  await api.ended(tenantId, backup.jobId, WITHIN_MS);
  await control.destroy(directoryId, { seed: 3, share: 0.5 });
  const sources = (await api.snapshotsAsOf(tenantId, backup.jobId)).map(({ resourceId }) => ({ resourceId }));
  const plan = await api.createPlan(tenantId, { from: { jobId: backup.jobId }, sources, policy: 'overwrite' });
  const restore = await api.performPlan(tenantId, plan.planId);
  await api.ended(tenantId, restore.jobId, WITHIN_MS);
  const freeing = await api.startFreeing(tenantId, backupSet.backupSetId);
  await api.ended(tenantId, freeing.jobId, WITHIN_MS);
  return {
    tenantId,
    clientSecret,
    backupJob: backup.jobId,
    restoreJob: restore.jobId,
    freeingJob: freeing.jobId,
    taskIds: (await api.tasks(tenantId, backup.jobId)).map(({ taskId }) => taskId),
    report: await api.jobReport(tenantId, backup.jobId),
    restored: await api.jobReport(tenantId, restore.jobId),
  };
}

/**
 * What an edition has to tell of a backup and a restore. `serviceOf` is what a service is called to the collector. The system is
 * closed before anything is looked at: then all has been told.
 */
export function itTellsOfAJob(
  start: (receiver: OtlpReceiver) => Promise<TracedSystem>,
  serviceOf: (service: string) => string,
): void {
  let told: OtlpReceiver;
  let done: Done;

  beforeAll(async () => {
    told = await OtlpReceiver.start();
    const system = await start(told);
    try {
      done = await backUpAndRestore(system);
    } finally {
      await system.close();
    }
  }, 400_000);
  afterAll(() => told.close());

  /** A span and all above it, the nearest first. */
  function wayTo(span: ReceivedSpan | undefined): readonly ReceivedSpan[] {
    if (!span) return [];
    const { traceId, parentSpanId } = span;
    return [span, ...wayTo(told.spans.find((other) => other.traceId === traceId && other.spanId === parentSpanId))];
  }

  const namesOf = (spans: readonly ReceivedSpan[]) => spans.map(({ name }) => name);

  /** The first span of a trace: the request that a job began with. */
  function requestOf(route: string): ReceivedSpan {
    const [request] = told.spans.filter(({ name, kind }) => kind === SERVER && name === `POST ${route}`);
    if (!request) throw new Error(`no span of ${route} among ${[...new Set(namesOf(told.spans))].join(', ')}`);
    return request;
  }

  const inTrace = ({ traceId }: ReceivedSpan) => told.spans.filter((span) => span.traceId === traceId);

  describe('a backup', () => {
    const route = '/api/v1/tenants/:tenantId/backup-sets/:backupSetId/jobs';

    it('is one trace, from the HTTP request over the bus to what crawler, storage and Microsoft do', () => {
      const request = requestOf(route);
      const spans = inTrace(request);
      expect(request).toMatchObject({
        service: serviceOf('gateway'),
        parentSpanId: '',
        attributes: { 'holdfast.tenant.id': done.tenantId },
      });
      const bell = spans.find(({ name, kind }) => kind === CONSUMER && name.startsWith('process crawl'));
      expect(wayTo(bell).at(-1)).toBe(request);
      const commit = spans.find(({ name, kind }) => kind === SERVER && name.endsWith('SnapshotService/CommitSnapshot'));
      expect(namesOf(wayTo(commit))).toEqual([
        'holdfast.storage.v1.SnapshotService/CommitSnapshot',
        'holdfast.storage.v1.SnapshotService/CommitSnapshot',
        'commit',
        'backup task',
        'holdfast.scheduler.v1.JobService/StartBackup',
        'holdfast.scheduler.v1.JobService/StartBackup',
        `POST ${route}`,
      ]);
      expect(wayTo(commit).map(({ service }) => service)).toEqual(
        ['storage', 'crawler', 'crawler', 'crawler', 'scheduler', 'gateway', 'gateway'].map(serviceOf),
      );
      const names = new Set(namesOf(spans));
      expect(
        [...names].filter((name) => /Graph|v1\.0|\{object\}|LeaseTask|FinishTask|RegisterPacks/.test(name)).sort(),
      ).toEqual(
        expect.arrayContaining([
          'POST /v1.0/$batch',
          'PUT {object}',
          'holdfast.scheduler.v1.TaskService/FinishTask',
          'holdfast.scheduler.v1.TaskService/LeaseTask',
          'holdfast.storage.v1.PackService/RegisterPacks',
        ]),
      );
    });

    it('names tenant, job and task in each of its tasks’ spans, on both sides of a call', () => {
      const spans = inTrace(requestOf(route));
      const tasks = spans.filter(({ name }) => name === 'backup task');
      expect(new Set(tasks.map(({ attributes }) => attributes['holdfast.task.id']))).toEqual(new Set(done.taskIds));
      const beneath = spans.filter((one) => namesOf(wayTo(one)).includes('backup task'));
      expect(beneath.length).toBeGreaterThan(100);
      for (const one of beneath) {
        const { name, attributes } = one;
        const named = { name, tenant: attributes['holdfast.tenant.id'], job: attributes['holdfast.job.id'] };
        expect(named).toEqual({ name, tenant: done.tenantId, job: done.backupJob });
        // The last task's end tells of the whole job, too.
        if (!namesOf(wayTo(one)).some((above) => above.includes('job.changed')))
          expect(done.taskIds).toContain(attributes['holdfast.task.id']);
      }
    });

    it('shows what storage writes itself, and each transaction by service and purpose without a value', () => {
      const spans = inTrace(requestOf(route));
      const commits = spans.filter(({ name, kind }) => kind === SERVER && name.endsWith('/CommitSnapshot'));
      const puts = spans.filter(
        ({ name, parentSpanId }) => name === 'destination put' && commits.some(({ spanId }) => spanId === parentSpanId),
      );
      expect(puts.length).toBe(done.taskIds.length);
      for (const { service, attributes } of puts) {
        expect(service).toBe(serviceOf('storage'));
        expect(attributes).toMatchObject({
          'holdfast.object.kind': 'snapshots',
          'holdfast.object.bytes': expect.any(Number),
        });
      }
      const transactions = spans.filter(({ attributes }) => 'db.namespace' in attributes);
      const names = new Set(namesOf(transactions));
      expect([...names]).toEqual(
        expect.arrayContaining(['auth transaction', 'scheduler transaction', 'storage transaction']),
      );
      const told = new Set(transactions.flatMap(({ attributes }) => Object.keys(attributes)));
      expect(
        [...told].filter((key) => !/^(holdfast\.(tenant|job|task|resource)\.id|error\.type)$/.test(key)).sort(),
      ).toEqual(['db.namespace', 'db.system.name']);
    });

    it('is counted as its report counts it', () => {
      const items = (outcome: string) => told.sum('holdfast.items', { kind: 'backup', outcome });
      const bytes = (stage: string) => told.sum('holdfast.bytes', { kind: 'backup', stage });
      expect(done.report.newItems.items).toBeGreaterThan(0);
      expect(items('new')).toBe(done.report.newItems.items);
      expect(items('owed')).toBe(done.report.owed.items);
      expect(bytes('content')).toBe(done.report.originalBytes);
      expect(bytes('stored')).toBe(done.report.storedBytes);
      expect(bytes('deduplicated')).toBe(done.report.deduplicatedBytes);
      expect(told.sum('holdfast.tasks.ended', { kind: 'backup' })).toBe(done.taskIds.length);
      expect(told.sum('holdfast.commit.duration', { outcome: 'committed' })).toBe(done.taskIds.length);
    });
  });

  describe('a restore', () => {
    it('is one trace too, and its steps are counted', () => {
      const request = requestOf('/api/v1/tenants/:tenantId/restore-plans/:planId/perform');
      const tasks = inTrace(request).filter(({ name }) => name === 'restore task');
      expect(tasks.length).toBeGreaterThan(0);
      for (const task of tasks) {
        expect(wayTo(task).at(-1)).toBe(request);
        expect(task.attributes).toMatchObject({
          'holdfast.job.id': done.restoreJob,
          'holdfast.tenant.id': done.tenantId,
        });
      }
      const written = done.restored.newItems.items + done.restored.updated.items;
      expect(written).toBeGreaterThan(0);
      expect(told.sum('holdfast.restore.steps', { outcome: 'done' })).toBe(written);
      expect(told.sum('holdfast.items', { kind: 'restore', outcome: 'new' })).toBe(done.restored.newItems.items);
    });
  });

  describe('space freeing', () => {
    it('is one trace, with its task and what it reads from destinations', () => {
      const request = requestOf('/api/v1/tenants/:tenantId/backup-sets/:backupSetId/freeing-jobs');
      const [task, ...others] = inTrace(request).filter(({ name }) => name === 'freeing task');
      expect(others).toEqual([]);
      expect(task).toMatchObject({
        service: serviceOf('storage'),
        attributes: { 'holdfast.tenant.id': done.tenantId, 'holdfast.job.id': done.freeingJob },
      });
      expect(wayTo(task).at(-1)).toBe(request);
      const beneath = inTrace(request).filter((span) => wayTo(span).includes(task!));
      expect([...new Set(namesOf(beneath))]).toEqual(
        expect.arrayContaining(['storage transaction', 'destination get']),
      );
    });
  });

  describe('metrics of the whole', () => {
    it.each([
      'holdfast.budget.usage',
      'holdfast.budget.wait',
      'holdfast.graph.requests',
      'holdfast.progress.items',
      'holdfast.progress.bytes',
      'holdfast.packs.put',
      'holdfast.packs.bytes',
      'holdfast.bus.handled',
      'http.server.request.duration',
      'http.client.request.duration',
      'rpc.server.call.duration',
      'db.client.connection.count',
      'process.memory.usage',
      'process.cpu.time',
      'nodejs.eventloop.delay.p99',
    ])('tell of %s', (name) => {
      expect(told.sum(name)).toBeGreaterThan(0);
    });

    it('tell of every lane’s waiting tasks, also of none', () => {
      const lanes = told.points
        .filter(({ name }) => name === 'holdfast.tasks.lag')
        .map(({ attributes }) => attributes['lane']);
      expect(lanes.sort()).toEqual(['first-full', 'increment', 'restore']);
    });

    it('and spans hold no secret and nothing that names a person', () => {
      const all = JSON.stringify([told.spans, told.points]);
      expect(all).not.toContain(done.clientSecret);
      expect(all).not.toMatch(/@|%40|contoso|Bearer|eyJ/i);
    });
  });
}
