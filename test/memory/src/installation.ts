import {
  CLOUD,
  closeAll,
  HoldfastApi,
  type RunningSimulator,
  startSimulatorProcess,
  temporaryFolder,
  type TenantPlan,
} from '@holdfast/demo';
import type { Clock } from '@holdfast/kernel';
import { startCluster, type Cluster } from '@holdfast/test-e2e';
import { startTestNats, startTestPostgres } from '@holdfast/testkit/servers';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Sampler } from './sampler.js';
import { ThrottledProxy } from './throttled-proxy.js';

/** Ends when the machine is slow, not when Holdfast is. */
const JOB_WITHIN_MS = 4 * 3_600_000;
const SEED = 5;
const GOOD = /^completed(-with-warnings)?$/;

/** A simulated tenant with a backup set of all that its accounts have. */
export interface Protected {
  /** Microsoft's id, as the simulator is steered. */
  readonly directoryId: string;
  /** Holdfast's id. */
  readonly tenantId: string;
  readonly setId: string;
}

export interface InstallationOptions {
  readonly clock: Clock;
  /** Says a line to whoever looks on. */
  readonly tell: (line: string) => void;
  /** Resources that the crawler reads at the same time; its own default unless given. */
  readonly crawlerTasks?: number;
}

/** The cluster edition, one process for each service, beside a simulator; packs go to a folder behind storage, through a proxy. */
export class Installation {
  #tenants = 0;

  private constructor(
    private readonly folder: string,
    readonly clock: Clock,
    readonly tell: (line: string) => void,
    readonly simulator: RunningSimulator,
    readonly cluster: Cluster,
    readonly api: HoldfastApi,
    readonly upload: ThrottledProxy,
    readonly sampler: Sampler,
    private readonly closers: (() => Promise<void>)[],
  ) {}

  static async start({ clock, tell, crawlerTasks }: InstallationOptions): Promise<Installation> {
    const folder = await temporaryFolder();
    const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
    const later = <Thing>(thing: Thing, close: (thing: Thing) => Promise<void>): Thing => {
      closers.push(() => close(thing));
      return thing;
    };
    try {
      const simulator = later(await startSimulatorProcess(folder, SEED), (it) => it.close());
      const postgres = later(await startTestPostgres(), (it) => it.stop());
      const nats = later(await startTestNats(), (it) => it.stop());
      const proxies: ThrottledProxy[] = [];
      const cluster = later(
        await startCluster({
          databaseUrl: await postgres.createDatabase(),
          natsUrl: nats.url,
          cloudsFile: simulator.cloudsFile,
          settings: crawlerTasks === undefined ? {} : { CRAWLER_TASKS: `${crawlerTasks}` },
          placesUrl: async (port) => {
            const proxy = later(await ThrottledProxy.start(port, clock), (it) => it.close());
            proxies.push(proxy);
            return `https://127.0.0.1:${proxy.port}`;
          },
        }),
        (it) => it.stop(),
      );
      await cluster.ready();
      const [upload] = proxies;
      if (!upload) throw new Error('The cluster asked for no address of its storage.');
      const api = later(new HoldfastApi(cluster.url, cluster.apiKey, clock), (it) => it.close());
      const watched = cluster.processes.map(({ service, pid }) => ({ name: service, pid }));
      return new Installation(
        folder,
        clock,
        tell,
        simulator,
        cluster,
        api,
        upload,
        new Sampler(watched, clock),
        closers,
      );
    } catch (error) {
      await closeAll(closers);
      throw error;
    }
  }

  /** A tenant of its own with a vault of its own. */
  async protect(plan: Omit<TenantPlan, 'seed'>, workload: 'mail' | 'drive'): Promise<Protected> {
    const number = ++this.#tenants;
    const made = await this.simulator.control.createTenant({ ...plan, seed: SEED + number });
    const credential = { kind: 'secret', clientSecret: made.clientSecret };
    const { tenantId } = await this.api.createTenant({
      displayName: `Tenant ${number}`,
      directoryId: made.tenantId,
      clientId: made.clientId,
      cloud: CLOUD,
      credential,
    });
    const path = join(this.folder, `vault-${number}`);
    await mkdir(path);
    const { destinationId } = await this.api.createFolderDestination(tenantId, path);
    const { backupSet } = await this.api.createSet(tenantId, {
      displayName: 'Everybody',
      destinationIds: [destinationId],
      workloads: [workload],
    });
    return { directoryId: made.tenantId, tenantId, setId: backupSet.backupSetId };
  }

  /** Runs a job to its end; one that ends badly measures nothing, so that is an error. */
  async backUp({ tenantId, setId }: Protected, body: object = {}): Promise<{ readonly jobId: string }> {
    const { jobId } = await this.api.startBackup(tenantId, setId, body);
    await this.ended(tenantId, jobId);
    return { jobId };
  }

  async ended(tenantId: string, jobId: string): Promise<void> {
    const { state } = await this.api.ended(tenantId, jobId, JOB_WITHIN_MS);
    if (GOOD.test(state)) return;
    const tasks = await this.api.tasks(tenantId, jobId);
    const causes = tasks.map(({ state: is, lastErrorMessage }) => `${is} ${lastErrorMessage ?? ''}`);
    throw new Error(`A job ended ${state}: ${causes.join('; ')}\n${await this.cluster.log()}`);
  }

  async close(): Promise<void> {
    await closeAll(this.closers);
  }
}
