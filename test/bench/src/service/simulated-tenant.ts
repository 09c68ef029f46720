import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, cpuSecondsOf, startChild } from './child.js';
import { JsonClient } from './json-client.js';

const PROGRAM = fileURLToPath(new URL('../../../simulator/dist/main.js', import.meta.url));

const served = z.object({
  login: z.string(),
  graph: z.string(),
  control: z.string(),
  ca: z.string(),
  tenants: z.array(z.object({ tenantId: z.string(), clientId: z.string(), clientSecret: z.string() })).length(1),
});
const totals = z.object({
  totals: z.array(
    z.object({
      bucket: z.string(),
      method: z.string(),
      route: z.string(),
      requests: z.number(),
      cost: z.number(),
      throttled: z.number(),
    }),
  ),
});
const log = z.object({
  entries: z.array(z.object({ at: z.number(), bucket: z.string(), cost: z.number(), status: z.number() })),
});
const dumped = z.object({
  userId: z.string(),
  kind: z.string(),
  id: z.string(),
  contentHash: z.string().optional(),
  fields: z.looseObject({}),
});

export type RequestTotals = z.infer<typeof totals>['totals'];
export type DumpedItem = z.infer<typeof dumped>;

export interface TenantSize {
  readonly users: number;
  readonly messages: number;
  /** Of a message on average, about. */
  readonly messageKib?: number;
  readonly files: number;
}

/** The simulator in a process of its own with one tenant, as the measurements steer it. */
export class SimulatedTenant {
  private constructor(
    private readonly child: Child,
    private readonly told: z.infer<typeof served>,
    private readonly control: JsonClient,
    readonly caPem: string,
  ) {}

  static async start({ users, messages, messageKib = 20, files }: TenantSize): Promise<SimulatedTenant> {
    const size = [
      '--users',
      `${users}`,
      '--messages',
      `${messages}`,
      '--files',
      `${files}`,
      '--message-kib',
      `${messageKib}`,
    ];
    const child = await startChild(PROGRAM, ['--port', '0', '--seed', '7', '--json', ...size]);
    const told = served.parse(child.told);
    const caPem = await readFile(told.ca, 'utf8');
    return new SimulatedTenant(child, told, new JsonClient(told.control, { ca: caPem }), caPem);
  }

  get login(): string {
    return this.told.login;
  }

  get graph(): string {
    return this.told.graph;
  }

  get registration(): { readonly tenantId: string; readonly clientId: string; readonly clientSecret: string } {
    const [tenant] = this.told.tenants;
    if (!tenant) throw new Error('the simulator serves no tenant');
    return tenant;
  }

  async throttle(settings: { readonly isOn: boolean; readonly algorithm?: string }): Promise<void> {
    await this.control.json('PUT', '/throttle', settings);
  }

  /** How much faster than the world's its clock runs. */
  async setClockScale(scale: number): Promise<void> {
    await this.control.json('POST', '/clock', { scale });
  }

  async clearLog(): Promise<void> {
    await this.control.json('DELETE', '/log');
  }

  async requests(): Promise<RequestTotals> {
    return totals.parse(await this.control.json('GET', '/log/totals')).totals;
  }

  /** The last requests one by one, in the simulator's time. */
  async log(): Promise<z.infer<typeof log>['entries']> {
    return log.parse(await this.control.json('GET', '/log?limit=20000')).entries;
  }

  async items(workload: 'mail' | 'drive'): Promise<DumpedItem[]> {
    const text = await this.control.text('GET', `${this.#path()}/dump?workload=${workload}`);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => dumped.parse(JSON.parse(line)));
  }

  async mutate(operation: {
    readonly workload: 'mail' | 'drive';
    readonly user: string;
    readonly op: string;
    readonly [field: string]: unknown;
  }): Promise<void> {
    await this.control.json('POST', `${this.#path()}/mutate`, operation);
  }

  cpuSeconds(): Promise<number> {
    return cpuSecondsOf(this.child.process.pid ?? 0);
  }

  async stop(): Promise<void> {
    await this.control.close();
    await this.child.stop();
  }

  #path(): string {
    return `/tenants/${this.registration.tenantId}`;
  }
}
