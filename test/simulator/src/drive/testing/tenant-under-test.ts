import { ApiError } from '../../core/api-error.js';
import { parseQuery } from '../../core/odata.js';
import { parsePreferences } from '../../core/preferences.js';
import { Rng } from '../../core/rng.js';
import type { Method, SimRequest, SimResponse, WorkloadFault } from '../../core/route.js';
import { Router } from '../../core/router.js';
import { SimClock } from '../../core/sim-clock.js';
import { Switches } from '../../core/switches.js';
import type { SimTenant, SimUser } from '../../core/tenant.js';
import { driveWorkload } from '../drive-workload.js';
import type { Drive } from '../model/drive.js';
import { drivesOf } from '../model/drive-world.js';

const ORIGIN = 'https://graph.test';
const START = Date.UTC(2026, 7, 20, 12);
const router = new Router(driveWorkload.routes);

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  readonly bytes?: Buffer;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: Record<string, unknown>;
  readonly bytes: Buffer;
  readonly units: number;
}

/** A tenant with two people, whose drive routes are called without a server; its time stands still until it is moved. */
export class TenantUnderTest {
  readonly clock = new SimClock(START, () => 0);
  readonly faults: WorkloadFault[] = [];
  readonly tenant: SimTenant;
  readonly ada: SimUser;
  readonly ben: SimUser;

  constructor(files = 60, seed = 'seed') {
    const rng = new Rng(seed);
    this.ada = person('00000000-0000-4000-8000-00000000ada0', 'ada');
    this.ben = person('00000000-0000-4000-8000-00000000ben0', 'ben');
    const users = new Map([this.ada, this.ben].map((user) => [user.id, user]));
    this.tenant = {
      id: '11111111-0000-4000-8000-000000000000',
      domain: 'contoso.onmicrosoft.com',
      prefix: 'contoso',
      displayName: 'Contoso',
      createdAt: START,
      rng,
      clock: this.clock,
      switches: new Switches(rng),
      users,
      findUser: (key) =>
        [...users.values()].find((user) => user.id === key || user.userPrincipalName === key.toLowerCase()),
    };
    for (const user of users.values()) driveWorkload.addUser(this.tenant, user, { messages: 0, files });
    for (const [name, value] of Object.entries(PLAIN)) this.tenant.switches.set(name, value);
  }

  get drive(): Drive {
    const drive = drivesOf(this.tenant).ofUser(this.ada.id);
    if (!drive) throw new Error('Ada has no drive.');
    return drive;
  }

  /** Calls a path behind the version, or a whole URL out of an answer. */
  async call(method: Method, url: string, sent: Sent = {}): Promise<Answered> {
    const [path = '', query = ''] = url.replace(/^https:\/\/[^/]+(\/v1\.0)?/, '').split(/\?(.*)/s);
    const match = router.match(method, path);
    if (match.found !== 'route') throw new Error(`${method} ${path} leads nowhere.`);
    const { route } = match;
    const request = requestOf(method, path, match.params, parseQuery(query, new Set(route.options ?? [])), sent);
    const units = route.cost?.(request) ?? 1;
    const context = {
      request,
      principal: {
        tenantId: this.tenant.id,
        appId: 'aaaaaaaa-0000-4000-8000-000000000000',
        roles: new Set(route.permissions),
      },
      tenant: this.tenant,
      clock: this.clock,
      fault: (name: WorkloadFault) => this.faults.includes(name),
      graphUrl: (rest: string) => `${ORIGIN}/v1.0${rest}`,
      contentUrl: (rest: string, validMs: number) =>
        `https://content.test${rest}${rest.includes('?') ? '&' : '?'}until=${this.clock.now() + validMs}`,
    };
    try {
      return await answered(await route.handle(context), units);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return {
        status: error.status,
        headers: error.details.headers ?? {},
        json: { code: error.code },
        bytes: Buffer.alloc(0),
        units,
      };
    }
  }

  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    return this.call('GET', url, { headers });
  }
}

/** The choices that make tests say the same under every seed; tests of a switch set it themselves. */
const PLAIN = {
  'drive.range-answer': 206,
  'drive.malware-answer': 'graph-refuses',
  'drive.delta-link-form': 'query',
  'drive.delta-repeats-items': false,
  'drive.delta-lists-deleted-descendants': true,
  'drive.hash-comes-late': false,
  'drive.shortcuts-need-feature': false,
  'drive.shortcut-target': 'either',
  'drive.session-conflict-at': 'creation',
  'drive.download-url-shows': 'content-at-issue',
  'drive.small-upload-limit-bytes': 250_000_000,
};

function person(id: string, name: string): SimUser {
  return {
    id,
    userPrincipalName: `${name}@contoso.onmicrosoft.com`,
    displayName: name,
    mail: `${name}@contoso.onmicrosoft.com`,
    accountEnabled: true,
    userType: 'Member',
    purpose: 'user',
    skuIds: [],
    hasMailbox: true,
    hasDrive: true,
    onPremisesSyncEnabled: null,
    createdAt: START,
  };
}

function requestOf(
  method: Method,
  path: string,
  params: Readonly<Record<string, string>>,
  query: SimRequest['query'],
  sent: Sent,
): SimRequest {
  const bytes = sent.bytes ?? Buffer.from(sent.json ? JSON.stringify(sent.json) : '');
  const headers = Object.fromEntries(
    Object.entries(sent.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    method,
    path,
    params,
    query,
    headers,
    preferences: parsePreferences(headers.prefer),
    contentLength: bytes.length,
    origin: ORIGIN,
    body: async () => bytes,
    bodyStream: async function* () {
      yield bytes;
    },
    json: async () => JSON.parse(bytes.toString()) as Record<string, unknown>,
  };
}

async function answered({ status, headers, body }: SimResponse, units: number): Promise<Answered> {
  const common = { status, headers: headers ?? {}, units };
  if (body === undefined) return { ...common, json: {}, bytes: Buffer.alloc(0) };
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    const steps: Uint8Array[] = [];
    for await (const step of body) steps.push(step);
    return { ...common, json: {}, bytes: Buffer.concat(steps) };
  }
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { ...common, json: {}, bytes: Buffer.from(body) };
  return { ...common, json: JSON.parse(JSON.stringify(body)) as Record<string, unknown>, bytes: Buffer.alloc(0) };
}
