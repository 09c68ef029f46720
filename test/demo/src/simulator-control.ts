import { AppError } from '@holdfast/kernel';
import { Agent, fetch } from 'undici';
import { z } from 'zod';

/** One line of the simulator's dump: an item of the tenant as it is. */
export const modelEntry = z.object({
  userId: z.string(),
  kind: z.string(),
  /** The server's id now, which a restore cannot keep. */
  id: z.string(),
  /** Unique in user and kind, and kept by a restore. */
  key: z.string(),
  contentHash: z.string().optional(),
  fields: z.record(z.string(), z.unknown()),
});
export type ModelEntry = z.infer<typeof modelEntry>;

const simulatedTenant = z.object({ tenantId: z.string(), clientId: z.string(), clientSecret: z.string() });
/** A tenant with an app registration that may read and write it. */
export type SimulatedTenant = z.infer<typeof simulatedTenant>;

export interface TenantPlan {
  readonly users: number;
  /** Per user. */
  readonly messages: number;
  /** Per user. */
  readonly files: number;
  readonly seed: number;
  /** Short messages in the inbox and files of noise in one folder: where only their number counts. */
  readonly isPlain?: boolean;
  readonly messageKib?: number;
  /** Of a file of a plain drive. */
  readonly fileKib?: number;
}

const requestTotals = z.object({
  totals: z.array(
    z.object({
      tenantId: z.string(),
      route: z.string(),
      requests: z.number(),
      bytesIn: z.number(),
      bytesOut: z.number(),
    }),
  ),
});
export type RequestTotals = z.infer<typeof requestTotals>['totals'];

const liveReport = z.object({
  operations: z.number(),
  /** Whose what changed, in order. */
  changes: z.array(z.looseObject({ workload: z.string(), userId: z.string() })),
});
export type LiveReport = z.infer<typeof liveReport>;

const userLine = z.object({
  id: z.string(),
  purpose: z.string(),
  userType: z.string(),
  hasMailbox: z.boolean(),
  hasDrive: z.boolean(),
});
export type SimulatedUser = z.infer<typeof userLine>;

const loggedRequest = z.object({
  number: z.number(),
  method: z.string(),
  path: z.string(),
  route: z.string(),
  tenantId: z.string(),
  user: z.string(),
  status: z.number(),
});
/** One answered (status 0: broken off) request. */
export type LoggedRequest = z.infer<typeof loggedRequest>;

const switchesSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Switches = Readonly<z.infer<typeof switchesSchema>>;

export interface Week {
  readonly days: number;
  readonly joiners: number;
  readonly leavers: number;
  readonly seed: number;
  readonly operations?: number;
}

/** Steers a simulator: its control API, typed as far as it is used. */
export class SimulatorControl {
  readonly #agent: Agent;

  constructor(
    private readonly baseUrl: string,
    caPem: string,
  ) {
    this.#agent = new Agent({ connect: { ca: caPem } });
  }

  async createTenant(plan: TenantPlan): Promise<SimulatedTenant> {
    return simulatedTenant.parse(await this.#json('POST', '/tenants', plan));
  }

  async removeTenant(tenantId: string): Promise<void> {
    await this.#json('DELETE', `/tenants/${tenantId}`);
  }

  /** Multiplies every documented limit. */
  async setLimits(limitFactor: number): Promise<void> {
    await this.#json('PUT', '/throttle', { isOn: true, limitFactor });
  }

  /** Fixes behaviours that no page confirms; answers how all of them stand. */
  async setSwitches(tenantId: string, switches: Switches): Promise<Switches> {
    return switchesSchema.parse(await this.#json('PATCH', `/tenants/${tenantId}/switches`, switches));
  }

  /** Lets people work, come and go while the simulated clock moves on. */
  async live(tenantId: string, week: Week): Promise<LiveReport> {
    return liveReport.parse(await this.#json('POST', `/tenants/${tenantId}/live`, week));
  }

  async users(tenantId: string): Promise<SimulatedUser[]> {
    return z.object({ users: z.array(userLine) }).parse(await this.#json('GET', `/tenants/${tenantId}`)).users;
  }

  /** Gives a user what a licence gives, or takes it away. */
  async changeUser(
    tenantId: string,
    userId: string,
    change: Partial<SimulatedUser> & { readonly displayName?: string },
  ): Promise<void> {
    await this.#json('PATCH', `/tenants/${tenantId}/users/${userId}`, change);
  }

  /** Withdraws the tenant's consent and the tokens that were issued under it; answers what gives it back. */
  async withdrawConsent(tenantId: string, clientId: string): Promise<() => Promise<unknown>> {
    const app = `/tenants/${tenantId}/apps/${clientId}`;
    const { roles } = z.object({ roles: z.array(z.string()) }).parse(await this.#json('PATCH', app, {}));
    await this.#json('POST', `/tenants/${tenantId}/revoke`, { consent: true, tokens: true, clientId });
    return () => this.#json('PATCH', app, { roles });
  }

  /** Damages a message, or mends it: asking for its content is refused for as long as it is damaged. */
  async setCorrupt(tenantId: string, user: string, message: string, isCorrupt: boolean): Promise<void> {
    await this.mutate(tenantId, { workload: 'mail', user, op: 'corrupt', message, isCorrupt });
  }

  /** Does one thing as a user would; the simulator's README lists what there is. Answers its report. */
  async mutate(
    tenantId: string,
    mutation: {
      readonly workload: 'mail' | 'drive';
      readonly user: string;
      readonly op: string;
      readonly [more: string]: unknown;
    },
  ): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.#json('POST', `/tenants/${tenantId}/mutate`, mutation);
    return z.record(z.string(), z.unknown()).parse(answer);
  }

  /** An attacker deletes and overwrites about `share` of everything. */
  async destroy(tenantId: string, attack: { seed: number; share: number }): Promise<void> {
    await this.#json('POST', `/tenants/${tenantId}/destroy`, attack);
  }

  /** Scripts troubles; answers the rules' ids. */
  async addFaults(rules: readonly object[]): Promise<number[]> {
    return z.object({ ids: z.array(z.number()) }).parse(await this.#json('POST', '/faults', rules)).ids;
  }

  /** How often each rule has struck, by its id. */
  async strikes(): Promise<ReadonlyMap<number, number>> {
    const rule = z.object({ id: z.number(), struck: z.number() });
    const { rules } = z.object({ rules: z.array(rule) }).parse(await this.#json('GET', '/faults'));
    return new Map(rules.map(({ id, struck }) => [id, struck]));
  }

  async removeFault(id: number): Promise<void> {
    await this.#json('DELETE', `/faults/${id}`);
  }

  /** The tenant's model as it is, item by item; of one user's mail or drive when it is named. */
  async dump(tenantId: string, part?: { readonly user: string; readonly workload: string }): Promise<ModelEntry[]> {
    const query = part ? `?user=${part.user}&workload=${part.workload}` : '';
    return parseLines(await this.#text('GET', `/tenants/${tenantId}/dump${query}`));
  }

  /** Keeps the model as it is under a label. */
  async snapshot(tenantId: string, label: string): Promise<void> {
    await this.#json('POST', `/tenants/${tenantId}/snapshots`, { label });
  }

  async readSnapshot(tenantId: string, label: string): Promise<ModelEntry[]> {
    return parseLines(await this.#text('GET', `/tenants/${tenantId}/snapshots/${label}`));
  }

  /** Requests that the simulator has answered, refused ones included. */
  async requestCount(): Promise<number> {
    return z.object({ count: z.number() }).parse(await this.#json('GET', '/log?limit=0')).count;
  }

  /** What was asked of the simulator, by tenant and route. */
  async requestTotals(): Promise<RequestTotals> {
    return requestTotals.parse(await this.#json('GET', '/log/totals')).totals;
  }

  /** Requests that the simulator has answered from a number on, oldest first; the newest 20,000 are kept. */
  async requests(since: number): Promise<LoggedRequest[]> {
    const answer = await this.#json('GET', `/log?since=${since}&limit=20000`);
    return z.object({ entries: z.array(loggedRequest) }).parse(answer).entries;
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #json(method: string, path: string, body?: object): Promise<unknown> {
    return JSON.parse(await this.#text(method, path, body));
  }

  async #text(method: string, path: string, body?: object): Promise<string> {
    const answer = await fetch(`${this.baseUrl}${path}`, {
      method,
      dispatcher: this.#agent,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (answer.ok) return text;
    throw new AppError(
      'DEPENDENCY_UNAVAILABLE',
      `The simulator answered ${method} ${path} with ${answer.status}: ${text}`,
    );
  }
}

function parseLines(text: string): ModelEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => modelEntry.parse(JSON.parse(line)));
}
