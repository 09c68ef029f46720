import { fetch } from 'undici';
import { startSimulator, type DumpEntry, type RunningSimulator, type TenantInfo } from '../../index.js';
import { GraphCaller, type CallOptions, type Reply } from '../../testing/graph-caller.js';

export type Json = Record<string, unknown>;

export interface Collection {
  readonly value: Json[];
  readonly '@odata.nextLink'?: string;
  readonly '@odata.deltaLink'?: string;
  readonly '@odata.count'?: number;
}

/** One user's mail, called over the network as a client would; immutable ids unless a call says otherwise. */
export class MailClient {
  #token: string | undefined;

  private constructor(
    readonly simulator: RunningSimulator,
    readonly tenant: TenantInfo,
    readonly graph: GraphCaller,
    readonly user: string,
  ) {}

  static async start(messages: number, switches: Json = {}, seed = 3): Promise<MailClient> {
    const simulator = await startSimulator({ seed, users: 2, messages, files: 0 });
    const [tenant] = simulator.tenants;
    if (!tenant) throw new Error('The simulator made no tenant.');
    const graph = new GraphCaller(simulator, tenant);
    await simulator.call('PUT', '/throttle', { isOn: false });
    await simulator.call('PATCH', `/tenants/${tenant.tenantId}/switches`, { ...QUIET, ...switches });
    const { value } = (await graph.call('/users?$select=id')).body as { value: { id: string }[] };
    // The first mailbox of ten begins with messages of several megabytes.
    return new MailClient(simulator, tenant, graph, value[1]?.id ?? '');
  }

  async call(path: string, { headers = {}, ...options }: CallOptions = {}): Promise<Reply> {
    const target = path.startsWith('https:') ? path : `/users/${this.user}${path}`;
    return this.graph.call(target, { ...options, headers: { prefer: 'IdType="ImmutableId"', ...headers } });
  }

  /** The raw bytes of an answer. */
  async bytes(path: string): Promise<Buffer> {
    const url = `${this.simulator.graph}/v1.0/users/${this.user}${path}`;
    const token = (this.#token ??= await this.graph.signIn());
    const headers = { authorization: `Bearer ${token}`, prefer: 'IdType="ImmutableId"' };
    const reply = await fetch(url, { headers, dispatcher: this.graph.dispatcher });
    if (!reply.ok) throw new Error(`${reply.status} for ${path}`);
    return Buffer.from(await reply.arrayBuffer());
  }

  async get<T = Json>(path: string, options?: CallOptions): Promise<T> {
    const { status, body } = await this.call(path, options);
    if (status !== 200 && status !== 201) throw new Error(`${status} ${JSON.stringify(body)} for ${path}`);
    return body as T;
  }

  post(path: string, json: unknown): Promise<Json> {
    return this.get(path, { method: 'POST', json });
  }

  /** Every element of a list or of a delta round, in the order of its pages, and the deltaLink at its end. */
  async all(path: string, pageSize?: number): Promise<{ entries: Json[]; deltaLink: string }> {
    const prefer = `IdType="ImmutableId"${pageSize === undefined ? '' : `, odata.maxpagesize=${pageSize}`}`;
    const entries: Json[] = [];
    let next: string | undefined = path;
    let deltaLink = '';
    while (next !== undefined) {
      const page: Collection = await this.get<Collection>(next, { headers: { prefer } });
      entries.push(...page.value);
      next = page['@odata.nextLink'];
      deltaLink = page['@odata.deltaLink'] ?? '';
    }
    return { entries, deltaLink };
  }

  mutate(op: Json): Promise<Json> {
    const path = `/tenants/${this.tenant.tenantId}/mutate`;
    return this.simulator.call('POST', path, { workload: 'mail', user: this.user, ...op }) as Promise<Json>;
  }

  set(switches: Json): Promise<unknown> {
    return this.simulator.call('PATCH', `/tenants/${this.tenant.tenantId}/switches`, { ...QUIET, ...switches });
  }

  async dump(): Promise<DumpEntry[]> {
    const entries = (await this.simulator.call(
      'GET',
      `/tenants/${this.tenant.tenantId}/dump?workload=mail`,
    )) as DumpEntry[];
    return entries.filter((entry) => entry.userId === this.user);
  }

  async close(): Promise<void> {
    await this.graph.close();
    await this.simulator.close();
  }
}

/** Delta without any of its defects. */
export const QUIET = {
  'mail.delta-duplicates': false,
  'mail.delta-replayed-page': false,
  'mail.delta-item-twice': false,
  'mail.delta-lost-return': false,
  'mail.sync-state-code': 'syncStateNotFound',
  'mail.delta-read-flag': 'full',
  'mail.delta-outside-filter': false,
  'mail.delta-move-reason': 'deleted',
  'mail.folder-delta-counts': true,
  'mail.property-id-form': 'asked',
  'mail.message-size-tag': true,
};
