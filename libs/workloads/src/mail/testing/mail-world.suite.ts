import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
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
import { parseVaultId, SystemClock } from '@holdfast/kernel';
import { type DumpEntry, type RunningSimulator, startSimulator, type TenantInfo } from '@holdfast/simulator';
import type { ItemRecord } from '@holdfast/vault';
import type { FolderStep, RestoreItem } from '../../index.js';
import { MailReader } from '../mail-reader.js';
import { MailboxCopy } from './mailbox-copy.suite.js';

const clock = new SystemClock();
export const never = new AbortController().signal;
export const vault = parseVaultId('00000000-0000-4000-8000-000000000001');

/** One simulated mailbox, another one beside it, and what a crawler would have kept of the first. */
export class MailWorld {
  #tenant: TenantInfo | undefined;
  #userId = '';
  #other = '';
  #client: GraphClient | undefined;
  #reader: MailReader | undefined;
  #copy = new MailboxCopy();

  private constructor(
    readonly simulator: RunningSimulator,
    private readonly transport: Transport,
  ) {}

  static async start(): Promise<MailWorld> {
    const simulator = await startSimulator({ seed: 11, users: 3, messages: 60, files: 0 });
    return new MailWorld(simulator, new Transport({ caPem: readFileSync(simulator.ca, 'utf8') }));
  }

  async close(): Promise<void> {
    await this.transport.close();
    await this.simulator.close();
  }

  /** Another tenant with untouched mailboxes, and nothing kept of them. */
  async renew(): Promise<void> {
    await this.control('POST', '/reset');
    this.#tenant = (await this.control('POST', '/tenants', { users: 3, messages: 60, files: 0 })) as TenantInfo;
    await this.switch({ 'mail.delta-read-flag': 'partial', 'mail.delta-lost-return': false });
    const mailboxes: string[] = [];
    for await (const { id } of listUsers(this.connect()))
      if (messagesIn(await this.dump(id)).length > 30) mailboxes.push(id);
    [this.#userId = '', this.#other = ''] = mailboxes;
    this.#client = this.connect();
    this.#reader = new MailReader(this.#client, this.#userId);
    this.#copy = new MailboxCopy();
  }

  get userId(): string {
    return this.#userId;
  }

  /** Owner of the mailbox beside. */
  get other(): string {
    return this.#other;
  }

  get client(): GraphClient {
    return this.#client!;
  }

  get reader(): MailReader {
    return this.#reader!;
  }

  get copy(): MailboxCopy {
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
      budget: new LocalBudget({ clock, size: { licences: 10, users: 10 } }),
      random: randomBytes,
      retry: { ...RETRY_LIMITS, firstWaitMs: 5 },
    });
  }

  control(method: string, path: string, body: object = {}): Promise<unknown> {
    return this.simulator.call(method, path, body);
  }

  /** Fixes what Microsoft does not document. */
  switch(switches: object): Promise<unknown> {
    return this.control('PATCH', `/tenants/${this.tenantId}/switches`, switches);
  }

  async dump(userId = this.userId): Promise<DumpEntry[]> {
    return (await this.control('GET', `/tenants/${this.tenantId}/dump?user=${userId}&workload=mail`)) as DumpEntry[];
  }

  mutate(op: object): Promise<unknown> {
    return this.control('POST', `/tenants/${this.tenantId}/mutate`, { workload: 'mail', user: this.userId, ...op });
  }

  /** Id of a folder made in the mailbox. */
  async makeFolder(parent: string, fields: object): Promise<string> {
    return ((await this.mutate({ op: 'create-folder', parent, fields })) as { folder: string }).folder;
  }

  live(operations: number, seed: number): Promise<unknown> {
    return this.control('POST', `/tenants/${this.tenantId}/live`, { operations, seed, workloads: ['mail'] });
  }

  /** Brings the copy up to date. */
  read(): Promise<void> {
    return this.copy.run(this.reader);
  }

  /** From the mailbox's top to a folder, as the copy knows it. */
  way(folderId: string): FolderStep[] {
    const record = this.copy.folders.get(folderId) as ItemRecord | undefined;
    if (record?.parentId === undefined) return [];
    return [...this.way(record.parentId), { name: record.name, record }];
  }

  /** A message of the copy, as a restore hands it to the writer. */
  restoreItem(id: string, folderId: string): RestoreItem {
    const { record, mime, extras } = this.copy.kept.get(id)!;
    const stream = async function* (bytes: Buffer) {
      yield bytes;
    };
    const extra = (name: string) => (extras.has(name) ? stream(extras.get(name)!) : undefined);
    const content = { bytes: mime.length, form: 'mime', sha256: new Uint8Array(32), chunks: [], depth: 0 } as const;
    return {
      vault,
      itemId: id,
      record: { ...record, content },
      folderId,
      name: record.name,
      content: () => stream(mime),
      extra,
    };
  }
}

export const messagesIn = (dump: DumpEntry[]): DumpEntry[] => dump.filter((entry) => entry.kind === 'message');
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
