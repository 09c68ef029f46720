import { GraphClient, RequestCounters, Transport, type BudgetDemand } from '@holdfast/graph';
import { parseTenantId, SystemClock } from '@holdfast/kernel';
import { CertificateIdentity, Certificates, GrpcConnection, Secret } from '@holdfast/platform';
import { AppSlices, AuthTokenSource, FenceBoard, LeasedBudget } from '@holdfast/worker';
import { randomBytes } from 'node:crypto';
import type { AuthAddress } from './auth-host.js';

/** One resource that is read without end. */
export interface CrowdTask {
  readonly tenant: string;
  readonly grant: string;
  readonly user: string;
  readonly workload: 'mail' | 'drive';
}

export interface CrowdOptions {
  readonly auth: AuthAddress;
  readonly graphBaseUrl: string;
  readonly caPem: string;
  readonly tasks: readonly CrowdTask[];
}

/** As many as a mailbox allows at once. */
const PARALLEL = 4;

/** One crawler: its tasks share a connection to auth and one to Microsoft, and lease what they spend as the product's crawler does. */
export class Crowd {
  readonly #stop = new AbortController();
  readonly #clock = new SystemClock();
  readonly #apps: AppSlices;
  readonly #auth: GrpcConnection;
  readonly #transport: Transport;
  readonly #working: Promise<void>;

  /** `fences`: a board on which others' fences are noted, where the crawler hears of them. */
  constructor(
    private readonly options: CrowdOptions,
    private readonly fences = new FenceBoard(new SystemClock()),
  ) {
    const { address, certificates } = options.auth;
    const { ca, certificate, privateKey } = certificates;
    const files = { ca, certificate, privateKey: new Secret(privateKey) };
    const identity = new CertificateIdentity(new Certificates(files));
    this.#auth = new GrpcConnection({ to: 'auth', address, identity });
    this.#apps = new AppSlices(fences, this.#clock);
    this.#transport = new Transport({ caPem: options.caPem });
    this.#working = Promise.all(options.tasks.map((task) => this.#work(task))).then(() => undefined);
    // Told by `stop`.
    this.#working.catch(() => undefined);
  }

  /** Ends the work, gives back what is leased, and rejects when a request failed for another reason than being stopped. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the measurement is over'));
    try {
      await this.#working;
    } finally {
      await this.#transport.close();
      this.#auth.close();
    }
  }

  async #work({ tenant: id, grant, user, workload }: CrowdTask): Promise<void> {
    const tenant = parseTenantId(id);
    const { graphBaseUrl, caPem } = this.options;
    const live = { grant, lane: 'first-full' };
    const budget = new LeasedBudget({
      tenant,
      auth: this.#auth,
      live,
      clock: this.#clock,
      fences: this.fences,
      apps: this.#apps,
    });
    const client = new GraphClient({
      cloud: { name: 'simulator', loginBaseUrl: graphBaseUrl, graphBaseUrl, caPem },
      transport: this.#transport,
      tokens: new AuthTokenSource(this.#auth, live, this.#clock),
      budget,
      clock: this.#clock,
      random: randomBytes,
      counters: new RequestCounters(),
    });
    const [path, demand] = requestOf(user, workload);
    await Promise.all(Array.from({ length: PARALLEL }, () => this.#repeat(client, path, demand)));
    await budget.close();
  }

  async #repeat(client: GraphClient, path: string, demand: BudgetDemand): Promise<void> {
    const { signal } = this.#stop;
    try {
      for (;;) await client.json({ path, demand }, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** The cheapest request there is of each kind, so that the machine is not what binds. */
function requestOf(user: string, workload: CrowdTask['workload']): readonly [string, BudgetDemand] {
  return workload === 'mail'
    ? [`/users/${user}/mailFolders/inbox?$select=id`, { bucket: 'outlook', mailbox: user, cost: 1 }]
    : [`/users/${user}/drive?$select=id`, { bucket: 'sharepoint', cost: 1 }];
}
