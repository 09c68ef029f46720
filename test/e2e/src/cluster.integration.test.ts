import { HoldfastApi, SimulatorControl, startChild, type Child, type ModelEntry } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import {
  describeWithServer,
  missingNats,
  NO_S3,
  s3Server,
  startTestNats,
  startTestPostgres,
  type TestNats,
  type TestPostgres,
} from '@holdfast/testkit';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'minio';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startCluster, type Cluster } from './cluster.js';

const simulatorProgram = resolve(import.meta.dirname, '../../simulator/dist/main.js');
const missing = missingNats() ?? (s3Server() ? undefined : NO_S3);
const LONG_MS = 240_000;

/** What an API cannot make again (docs/fidelity.md). */
const NOT_MADE = new Set(['shortcut']);

/** Items that were and are not, whatever their new ids. */
function missingKeys(was: readonly ModelEntry[], is: readonly ModelEntry[]): string[] {
  const placeOf = ({ userId, kind, key }: ModelEntry) => `${userId} ${kind} ${key}`;
  const here = new Set(is.map(placeOf));
  return was.filter((entry) => !NOT_MADE.has(entry.kind) && !here.has(placeOf(entry))).map(placeOf);
}

describeWithServer('The cluster edition', missing, () => {
  let folder: string;
  let postgres: TestPostgres;
  let nats: TestNats;
  let simulator: Child;
  let control: SimulatorControl;
  let cluster: Cluster;
  let api: HoldfastApi;
  const bucket = `holdfast-${randomUUID()}`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hf-e2e-'));
    [postgres, nats, simulator] = await Promise.all([
      startTestPostgres(),
      startTestNats(),
      startChild(simulatorProgram, ['--port', '0', '--seed', '7', '--tenants', '0', '--json']),
    ]);
    const told = simulator.ready as { login: string; graph: string; control: string; ca: string };
    const caPem = await readFile(told.ca, 'utf8');
    control = new SimulatorControl(told.control, caPem);
    await control.setLimits(100);
    const cloudsFile = join(folder, 'clouds.json');
    const cloud = {
      name: 'simulator',
      loginBaseUrl: told.login,
      graphBaseUrl: told.graph,
      caPem,
      limitsTimeScale: 100,
    };
    await writeFile(cloudsFile, JSON.stringify([cloud]));
    const databaseUrl = await postgres.createDatabase();
    cluster = await startCluster({ databaseUrl, natsUrl: nats.url, cloudsFile, copies: { crawler: 2, restore: 2 } });
    api = new HoldfastApi(cluster.url, cluster.apiKey, new SystemClock());
    const { host, port, accessKey, secretKey } = s3Server()!;
    await new Client({ endPoint: host, port, useSSL: false, accessKey, secretKey }).makeBucket(bucket);
  }, LONG_MS);

  afterAll(async () => {
    await cluster.stop();
    await Promise.all([api.close(), control.close(), simulator.stop(), nats.stop(), postgres.stop()]);
    await rm(folder, { recursive: true, force: true });
  }, LONG_MS);

  it(
    'backs a tenant up to a bucket and restores what was lost',
    async () => {
      const simulated = await control.createTenant({ users: 2, messages: 20, files: 8, seed: 5 });
      const { tenantId } = await whenUp(() =>
        api.createTenant({
          displayName: 'A customer',
          cloud: 'simulator',
          directoryId: simulated.tenantId,
          clientId: simulated.clientId,
          credential: { kind: 'secret', clientSecret: simulated.clientSecret },
        }),
      );
      const { host, port, accessKey, secretKey } = s3Server()!;
      const { destinationId } = await api.createDestination(tenantId, {
        displayName: 'Bucket',
        settings: { kind: 's3', host, port, tls: false, bucket },
        credentials: { kind: 's3', accessKey, secretKey },
      });
      const created = await api.createSet(tenantId, {
        displayName: 'All',
        destinationId,
        workloads: ['mail', 'drive'],
      });
      const set = created.backupSet.backupSetId;
      const first = await api.ended(tenantId, (await api.startBackup(tenantId, set)).jobId, LONG_MS);
      expect(['completed', 'completed-with-warnings']).toContain(first.state);
      const second = await api.ended(tenantId, (await api.startBackup(tenantId, set)).jobId, LONG_MS);
      expect(['completed', 'completed-with-warnings']).toContain(second.state);
      const report = await api.jobReport(tenantId, first.jobId);
      expect(report.newItems.items).toBeGreaterThan(40);
      expect(report.owed.items).toBe(0);

      const was = await control.dump(simulated.tenantId);
      await control.destroy(simulated.tenantId, { seed: 5, share: 0.4 });
      expect(missingKeys(was, await control.dump(simulated.tenantId)).length).toBeGreaterThan(5);
      const sources = (await api.tasks(tenantId, second.jobId)).map(({ resourceId }) => ({ resourceId }));
      const plan = await api.createPlan(tenantId, { from: { jobId: second.jobId }, sources, policy: 'overwrite' });
      const { jobId } = await api.performPlan(tenantId, plan.planId);
      const restored = await api.ended(tenantId, jobId, LONG_MS);
      expect(['completed', 'completed-with-warnings']).toContain(restored.state);
      expect(missingKeys(was, await control.dump(simulated.tenantId))).toEqual([]);
    },
    LONG_MS,
  );

  /** The services start side by side; the gateway answers before all that stand behind it do. */
  async function whenUp<T>(call: () => Promise<T>): Promise<T> {
    const clock = new SystemClock();
    for (let tries = 1; ; tries += 1) {
      try {
        return await call();
      } catch (error) {
        if (tries === 60) throw new Error(`The cluster did not come up:\n${await cluster.log()}`, { cause: error });
        await clock.sleep(1_000);
      }
    }
  }
});
