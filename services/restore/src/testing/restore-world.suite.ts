import {
  acquireAppToken,
  AppTokenSource,
  customCloud,
  GraphClient,
  listUsers,
  LocalBudget,
  RETRY_LIMITS,
  Transport,
} from '@holdfast/graph';
import {
  AppError,
  parseTaskId,
  parseTenantId,
  type JobId,
  type ResourceId,
  resourceIdOf,
  resourceParts,
  type SnapshotId,
  SystemClock,
  type TenantId,
  type WorkLimits,
} from '@holdfast/kernel';
import {
  connectGrpc,
  contractOf,
  Database,
  EventBus,
  type GrpcConnection,
  InProcessEventBus,
  prepareDatabase,
  ProcessIdentity,
  ProcessSecret,
  type RunningService,
  Secret,
  serviceUrls,
  SilentLogger,
  startService,
} from '@holdfast/platform';
import { type DumpEntry, type RunningSimulator, startSimulator, type TenantInfo } from '@holdfast/simulator';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { type HeldTask, type Lease, TaskDesk } from '@holdfast/worker';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { workloadAt } from '../adapters/access/workload-at.js';
import { TaskLimits } from '../adapters/bus/task-ready.consumer.js';
import { migrations } from '../adapters/postgres/migrations.js';
import { PostgresLiveItems } from '../adapters/postgres/postgres-live-items.js';
import type { RestoreSchema } from '../adapters/postgres/restore-database.js';
import { Browse } from '../app/browse.js';
import { ByteRoom } from '../app/byte-room.js';
import { CreatePlan, type PlanWish } from '../app/create-plan.js';
import { OpenedVaults, VaultLimits } from '../app/opened-vaults.js';
import { PerformPlan } from '../app/perform-plan.js';
import { PerformTask } from '../app/perform-task.js';
import type { Plan } from '../app/plans.port.js';
import { QuoteGrounds } from '../app/quote-grounds.js';
import { RestoreJobs, type RestoreOrder } from '../app/restore-jobs.port.js';
import { Search, type SearchWish } from '../app/search.js';
import { ShowPlan } from '../app/show-plan.js';
import { type TargetAccess, TargetAccesses } from '../app/target-access.port.js';
import { RestoreTasks, TenantLimits } from '../app/tenant-limits.port.js';
import { VaultAccess } from '../app/vault-access.port.js';
import { RestoreModule } from '../restore.module.js';
import { CrashingPlans, watched } from './lost-process.suite.js';
import { schedulerTold, type Told } from './scheduler-told.suite.js';
import { VaultInMemory } from './vault-in-memory.suite.js';
import type { ConflictPolicy } from '../domain/plan-step.js';

const never = new AbortController().signal;

/** Of the smallest tenant, as a restore may spend them. */
const DOCUMENTED_LIMITS: WorkLimits = {
  mailRequests: { amount: 10_000, atOnce: 10_000, spreadMs: 0, againMs: 607_000 },
  mailUpload: { amount: 150_000_000, atOnce: 150_000_000, spreadMs: 0, againMs: 304_500 },
  mailAtOnce: 4,
  driveMinute: { amount: 1_250, atOnce: 1_250, spreadMs: 0, againMs: 61_500 },
  driveDay: { amount: 1_200_000, atOnce: 1_200_000, spreadMs: 0, againMs: 87_121_000 },
  app: { amount: 130_000, atOnce: 130_000, spreadMs: 0, againMs: 10_283 },
};

class SmallLimits extends VaultLimits {
  override readonly vaults = 2;
  override readonly cacheBytes = 4e6;
  override readonly keptMs = 60_000;
}

/** Everything a restore needs, with the simulator for Microsoft and a real PostgreSQL. */
export class RestoreWorld extends TargetAccesses {
  readonly tenant = parseTenantId(randomUUID());
  readonly vault = new VaultInMemory(this.tenant);
  readonly told: Told = { finished: [], failed: [] };
  readonly orders: RestoreOrder[] = [];
  /** What scheduler starts instead of a job that did not end well. */
  readonly furtherJobs = new Map<JobId, JobId>();
  readonly vaults: OpenedVaults;
  readonly browse: Browse;
  readonly search: Search;
  readonly plans: CrashingPlans;
  readonly show: ShowPlan;
  readonly #clock = new SystemClock();
  readonly #create: CreatePlan;
  readonly #tenantLimits: TenantLimits = { ofRestores: async () => this.limits };
  readonly #restoreTasks: RestoreTasks = { atOnce: 2 };
  readonly #perform: PerformPlan;
  readonly #jobs: RestoreJobs;
  readonly #desk: TaskDesk;
  readonly #room = new ByteRoom(64e6);
  readonly #task: PerformTask;
  /** The process is lost after so many items more were written, before that is journalled. */
  crashAfterWrites = Infinity;
  /** Whether the right to look at a target has run out when a plan needs it. */
  hasPlanningLapsed = false;
  /** As auth tells them. */
  limits = DOCUMENTED_LIMITS;
  #epoch = 1;

  private constructor(
    readonly simulator: RunningSimulator,
    readonly microsoft: TenantInfo,
    private readonly transport: Transport,
    private readonly postgres: TestPostgres,
    readonly database: Database<RestoreSchema, never>,
  ) {
    super();
    const clock = this.#clock;
    this.vaults = new OpenedVaults(this.vault, new SmallLimits(), clock);
    this.browse = new Browse(this.vaults);
    this.search = new Search(this.vaults);
    this.plans = new CrashingPlans(database, () => this.crashAfterWrites <= 0);
    this.show = new ShowPlan(this.plans, this.vaults);
    const grounds = new QuoteGrounds(this.#tenantLimits, this.#restoreTasks);
    this.#create = new CreatePlan(this.vaults, this, this.plans, new PostgresLiveItems(database), grounds, clock);
    const { orders, furtherJobs } = this;
    class Jobs extends RestoreJobs {
      override async start(_tenant: TenantId, order: RestoreOrder): Promise<JobId> {
        orders.push(order);
        return furtherJobs.get(order.jobId) ?? order.jobId;
      }
    }
    this.#jobs = new Jobs();
    this.#desk = new TaskDesk(schedulerTold(this.told), ['restore'], 'test');
    this.#perform = new PerformPlan(this.plans, this.#jobs);
    this.#task = new PerformTask(this.#desk, this, this.vaults, this.plans, this.#room, clock, new SilentLogger());
  }

  /** The service as a whole, its peers being this world; answers the gateway on a socket. */
  async serve(socket: string): Promise<{ readonly service: RunningService; readonly gateway: GrpcConnection }> {
    const secret = new ProcessSecret(randomBytes);
    const grpc = {
      listen: socket,
      contracts: [contractOf('restore')],
      identity: new ProcessIdentity('restore', secret),
    };
    const logger = new SilentLogger();
    const bus = new InProcessEventBus({ clock: this.#clock, logger });
    const service = await startService({
      name: 'restore',
      module: RestoreModule,
      logger,
      grpc,
      http: { listen: '127.0.0.1:0' },
      provide: [
        { provide: Database, useValue: this.database },
        { provide: EventBus, useValue: bus },
        { provide: VaultAccess, useValue: this.vault },
        { provide: TargetAccesses, useValue: this },
        { provide: TenantLimits, useValue: this.#tenantLimits },
        { provide: RestoreTasks, useValue: this.#restoreTasks },
        { provide: RestoreJobs, useValue: this.#jobs },
        { provide: TaskDesk, useValue: this.#desk },
        { provide: ByteRoom, useValue: this.#room },
        { provide: TaskLimits, useValue: { tasks: 2, lookMs: 60_000 } },
        { provide: VaultLimits, useValue: new SmallLimits() },
      ],
      closeWith: bus,
    });
    const identity = new ProcessIdentity('gateway', secret);
    return { service, gateway: connectGrpc({ to: 'restore', address: socket, identity }) };
  }

  static async start(): Promise<RestoreWorld> {
    const simulator = await startSimulator({ seed: 21, users: 3, messages: 60, files: 30 });
    const [microsoft] = simulator.tenants;
    if (!microsoft) throw new Error('the simulator has no tenant');
    const transport = new Transport({ caPem: readFileSync(simulator.ca, 'utf8') });
    const postgres = await startTestPostgres();
    const adminUrl = new Secret(await postgres.createDatabase());
    const urls = serviceUrls(adminUrl, 'restore', new Secret('secret'));
    await prepareDatabase({ adminUrl, ...urls, schema: 'restore', migrations });
    const options = { ...urls, schema: 'restore', sweeps: [], logger: new SilentLogger() };
    const database = await Database.open<RestoreSchema, never>(options);
    return new RestoreWorld(simulator, microsoft, transport, postgres, database);
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.postgres.stop();
    await this.transport.close();
    await this.simulator.close();
  }

  client(): GraphClient {
    const { simulator, transport } = this;
    const clock = this.#clock;
    const cloud = customCloud({ name: 'simulator', loginBaseUrl: simulator.login, graphBaseUrl: simulator.graph });
    const { tenantId: directoryId, clientId, clientSecret: secret } = this.microsoft;
    const acquire = () =>
      acquireAppToken({ cloud, transport, clock }, { directoryId, clientId }, { kind: 'secret', secret });
    return new GraphClient({
      cloud,
      transport,
      clock,
      tokens: new AppTokenSource(acquire, clock),
      budget: new LocalBudget({ clock, size: { licences: 10, users: 10 } }),
      random: randomBytes,
      retry: { ...RETRY_LIMITS, firstWaitMs: 5 },
    });
  }

  override async toPlan(_tenant: TenantId, { resourceId }: { readonly resourceId: ResourceId }): Promise<TargetAccess> {
    if (this.hasPlanningLapsed) throw new AppError('GRANT_REFUSED', 'The grant has expired.');
    return this.access(resourceId);
  }

  override async toPerform({ lease }: HeldTask): Promise<TargetAccess> {
    const access = this.access(lease.resourceId);
    const lost = <Result>(result: Result): Result => {
      if ((this.crashAfterWrites -= 1) <= 0) throw new AppError('DEPENDENCY_UNAVAILABLE', 'The process is gone.');
      return result;
    };
    const { writer } = access;
    const create: typeof writer.create = async (...args) => lost(await writer.create(...args));
    const overwrite: typeof writer.overwrite = async (...args) => lost(await writer.overwrite(...args));
    return { ...access, writer: watched(writer, { create, overwrite }) };
  }

  access(resource: ResourceId): TargetAccess {
    const client = this.client();
    return {
      ...workloadAt(client, resourceParts(resource)),
      totals: () => client.counters.totals(),
      close: async () => undefined,
    };
  }

  /** Microsoft's ids of the users with the most items, first those with most. */
  async users(workload: 'mail' | 'drive'): Promise<string[]> {
    const sizes: [string, number][] = [];
    for await (const { id } of listUsers(this.client()))
      sizes.push([id, (await this.dump(id, workload).catch(() => [])).length]);
    return sizes.sort((a, b) => b[1] - a[1]).map(([id]) => id);
  }

  async dump(userId: string, workload: 'mail' | 'drive'): Promise<DumpEntry[]> {
    const path = `/tenants/${this.microsoft.tenantId}/dump?user=${userId}&workload=${workload}`;
    return (await this.simulator.call('GET', path)) as DumpEntry[];
  }

  /** Fixes what the simulator leaves to chance. */
  async fix(switches: object): Promise<void> {
    await this.simulator.call('PATCH', `/tenants/${this.microsoft.tenantId}/switches`, switches);
  }

  async mutate(workload: 'mail' | 'drive', user: string, op: object): Promise<Record<string, unknown>> {
    const path = `/tenants/${this.microsoft.tenantId}/mutate`;
    return (await this.simulator.call('POST', path, { workload, user, ...op })) as Record<string, unknown>;
  }

  save(workload: 'mail' | 'drive', userId: string): Promise<SnapshotId> {
    const resource = resourceIdOf(workload, userId);
    return this.vault.save(resource, this.access(resource));
  }

  /** Ids of what a search finds, page after page of `size`. */
  async find(places: SearchWish['places'], wish: Partial<SearchWish>, size = 500): Promise<string[]> {
    const whole: SearchWish = {
      vaultId: this.vault.id,
      places,
      folderId: '',
      skipSubfolders: false,
      pattern: { text: '', match: 'contains', isCaseSensitive: false },
      fields: new Set(['name']),
      kinds: new Set(),
      fromMs: 0,
      toMs: 0,
      minBytes: 0,
      maxBytes: 0,
      actor: 'tester',
      ...wish,
    };
    const ids: string[] = [];
    for (let token = ''; ;) {
      const page = await this.search.run(this.tenant, whole, { size, token }, never);
      ids.push(...page.rows.map(({ itemId }) => itemId));
      if (page.next === '') return ids;
      token = page.next;
    }
  }

  plan(
    source: {
      readonly resource: ResourceId;
      readonly snapshot: SnapshotId;
      readonly itemIds?: readonly string[];
      readonly target?: ResourceId;
    },
    { policy = 'overwrite', targetFolder = '' }: { policy?: ConflictPolicy; targetFolder?: string } = {},
  ): Promise<Plan> {
    const { resource, snapshot, itemIds = [], target = resource } = source;
    const sources = [{ resourceId: resource, snapshotId: snapshot, itemIds, targetId: target }];
    return this.planAll(sources, policy, targetFolder);
  }

  planAll(sources: PlanWish['sources'], policy: ConflictPolicy, targetFolder = ''): Promise<Plan> {
    const wish = { vaultId: this.vault.id, sources, policy, targetFolder, actor: 'tester' };
    return this.#create.run(this.tenant, wish, never);
  }

  /** Performs the plan as the holder of a fresh lease on its first target. */
  async perform(plan: Plan): Promise<void> {
    const jobId = await this.#perform.run(this.tenant, plan.planId);
    const [source] = plan.sources;
    const lease: Lease = {
      kind: 'restore',
      grant: 'grant',
      leaseMs: 60_000,
      tenantId: this.tenant,
      taskId: parseTaskId(randomUUID()),
      jobId,
      planId: plan.planId,
      vaultId: this.vault.id,
      resourceId: source!.targetId,
      epoch: this.#epoch++,
      timeZone: 'UTC',
      jobStartedAtMs: 0,
      fullCheck: false,
      lane: 'restore',
      excludedItemIds: [],
    };
    await this.#task.run(lease, never);
  }
}
