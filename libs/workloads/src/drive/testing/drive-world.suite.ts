import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  acquireAppToken,
  AppTokenSource,
  customCloud,
  getUserDrive,
  GraphClient,
  listUsers,
  LocalBudget,
  RETRY_LIMITS,
  Transport,
} from '@holdfast/graph';
import { parseVaultId, SystemClock } from '@holdfast/kernel';
import { type DumpEntry, type RunningSimulator, startSimulator, type TenantInfo } from '@holdfast/simulator';
import type { ItemRecord } from '@holdfast/vault';
import type { RestoreItem } from '../../index.js';
import { DriveReader } from '../drive-reader.js';
import { DriveCopy } from './drive-copy.suite.js';

const clock = new SystemClock();
export const never = new AbortController().signal;
export const vault = parseVaultId('00000000-0000-4000-8000-000000000001');

/** One simulated drive, another one beside it, and what a crawler would have kept of the first. */
export class DriveWorld {
  #tenant: TenantInfo | undefined;
  #userId = '';
  #other = '';
  #client: GraphClient | undefined;
  #reader: DriveReader | undefined;
  #copy = new DriveCopy();

  private constructor(
    readonly simulator: RunningSimulator,
    private readonly transport: Transport,
  ) {}

  static async start(): Promise<DriveWorld> {
    const simulator = await startSimulator({ seed: 11, users: 1, messages: 0, files: 0 });
    return new DriveWorld(simulator, new Transport({ caPem: readFileSync(simulator.ca, 'utf8') }));
  }

  async close(): Promise<void> {
    await this.transport.close();
    await this.simulator.close();
  }

  /** Another tenant with untouched drives, and nothing kept of them. */
  async renew(): Promise<void> {
    await this.control('POST', '/reset');
    this.#tenant = (await this.control('POST', '/tenants', { users: 6, messages: 0, files: 40 })) as TenantInfo;
    const asking = this.connect();
    const drives: string[] = [];
    for await (const { id } of listUsers(asking)) if ((await getUserDrive(asking, id)) !== undefined) drives.push(id);
    [this.#userId = '', this.#other = ''] = drives;
    this.#client = this.connect();
    this.#reader = new DriveReader(this.#client, this.#userId);
    this.#copy = new DriveCopy();
  }

  get userId(): string {
    return this.#userId;
  }

  /** Owner of the drive beside. */
  get other(): string {
    return this.#other;
  }

  get client(): GraphClient {
    return this.#client!;
  }

  get reader(): DriveReader {
    return this.#reader!;
  }

  get copy(): DriveCopy {
    return this.#copy;
  }

  get tenantId(): string {
    return this.#tenant!.tenantId;
  }

  connect(): GraphClient {
    const { login, graph } = this.simulator;
    const cloud = customCloud({ name: 'simulator', loginBaseUrl: login, graphBaseUrl: graph });
    const { tenantId: directoryId, clientId, clientSecret: secret } = this.#tenant!;
    const { transport } = this;
    const acquire = () =>
      acquireAppToken({ cloud, transport, clock }, { directoryId, clientId }, { kind: 'secret', secret });
    return new GraphClient({
      cloud,
      transport,
      clock,
      tokens: new AppTokenSource(acquire, clock),
      budget: new LocalBudget({ clock, size: { licences: 100_000, users: 10 } }),
      random: randomBytes,
      retry: { ...RETRY_LIMITS, firstWaitMs: 5 },
    });
  }

  control(method: string, path: string, body: object = {}): Promise<unknown> {
    return this.simulator.call(method, path, body);
  }

  async dump(userId = this.userId): Promise<DumpEntry[]> {
    return (await this.control('GET', `/tenants/${this.tenantId}/dump?user=${userId}&workload=drive`)) as DumpEntry[];
  }

  async mutate(op: object): Promise<{ id: string }> {
    const whole = { workload: 'drive', user: this.userId, ...op };
    return (await this.control('POST', `/tenants/${this.tenantId}/mutate`, whole)) as { id: string };
  }

  live(operations: number, seed: number): Promise<unknown> {
    return this.control('POST', `/tenants/${this.tenantId}/live`, { operations, seed, workloads: ['drive'] });
  }

  /** Brings the copy up to date. */
  read(): Promise<void> {
    return this.copy.run(this.reader);
  }

  /** An item of the copy, as a restore hands it to the writer. */
  restoreItem(id: string, folderId: string): RestoreItem {
    const record = this.copy.records.get(id) as ItemRecord;
    const bytes = () => this.copy.contents.get(id)!;
    const content = async function* () {
      yield bytes();
    };
    return { vault, itemId: id, record, folderId, name: record.name, content, extra: () => undefined };
  }
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
