import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeServerIdentity } from './core/certificates.js';
import { ControlApi } from './core/control/control-api.js';
import { createTenant } from './core/control/tenant-control.js';
import type { TenantInfo } from './core/control/tenant-info.js';
import { tenantRoutes } from './core/directory/tenant-routes.js';
import { userDeltaRoutes } from './core/directory/user-delta.js';
import { userRoutes } from './core/directory/user-routes.js';
import { FrontDoor } from './core/server/front-door.js';
import { listen, type Listener } from './core/server/listener.js';
import { Pipeline } from './core/server/pipeline.js';
import { drain } from './core/server/write-response.js';
import { DEFAULT_THROTTLE, type ThrottleSettings } from './core/throttle/settings.js';
import type { Algorithm } from './core/throttle/meter.js';
import { World } from './core/world.js';
import { usageRoutes } from './reports/usage-routes.js';
import { WORKLOADS } from './workloads.js';

/** How documented limits are counted; off = not at all. */
export type LimitKind = Algorithm | 'off';

export interface SimulatorOptions {
  /** Port of sign-in and Graph; content and control take the next two. 0 (default) = any three free ports. */
  readonly port?: number;
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Names beside 127.0.0.1, localhost and Microsoft's that the certificate bears; the first one stands in the base URLs. */
  readonly names?: readonly string[];
  readonly seed?: number;
  /** Tenants to make at once; default 1. */
  readonly tenants?: number;
  /** Per tenant; default 5. */
  readonly users?: number;
  /** Per user; default 40. */
  readonly messages?: number;
  /** KiB of a message on average, about; default 48. */
  readonly messageKib?: number;
  /** Per user; default 20. */
  readonly files?: number;
  /** Short messages in the inbox, small files of noise in one folder; default false. */
  readonly isPlain?: boolean;
  /** KiB of a file of a plain drive on average; default 1. */
  readonly fileKib?: number;
  /** Default: what each tenant's seed draws. The control API may change it. */
  readonly limits?: LimitKind;
  /** Start of the simulated time, milliseconds since 1970; default 2026-09-07T08:00:00Z. */
  readonly startAt?: number;
  /** Where the authority's PEM is written; default a new temporary folder. */
  readonly caFile?: string;
}

/** A serving simulator. */
export interface RunningSimulator {
  /** Base URL of the sign-in endpoints: the authority of a tenant is `{login}/{tenantId}`. */
  readonly login: string;
  /** Base URL of Graph, without version. */
  readonly graph: string;
  /** Base URL of the control API. */
  readonly control: string;
  /** Path of the authority's PEM file. */
  readonly ca: string;
  readonly tenants: readonly TenantInfo[];
  /** Performs one call of the control API without the network; rejects with an ApiError that names what was wrong. */
  call(method: string, target: string, body?: unknown): Promise<unknown>;
  /** Ends every connection and removes the temporary CA file. */
  close(): Promise<void>;
}

const DEFAULT_START = Date.UTC(2026, 8, 7, 8);

/** Starts a simulated Microsoft 365 over TLS. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const { names = [], seed = 1, host = '127.0.0.1', port = 0, startAt = DEFAULT_START } = options;
  const [identity, world] = await Promise.all([
    makeServerIdentity(names),
    World.make({ seed, startAt, workloads: WORKLOADS }),
  ]);
  if (options.limits !== undefined) world.throttle.settings = throttleBy(options.limits);
  const control = new ControlApi(world);
  const place = { port: 0 };
  const routes = [
    ...userRoutes,
    ...userDeltaRoutes,
    ...tenantRoutes,
    ...WORKLOADS.flatMap((workload) => workload.routes),
    ...usageRoutes(WORKLOADS),
  ];
  const door = new FrontDoor(world, new Pipeline(world, routes, place));
  const next = (offset: number): number => (port === 0 ? 0 : port + offset);
  const listeners: Listener[] = [];
  try {
    listeners.push(await listen(identity, host, port, (req, res) => door.answer(req, res, 'microsoft')));
    listeners.push(await listen(identity, host, next(1), (req, res) => door.answer(req, res, 'content')));
    listeners.push(await listen(identity, host, next(2), (req, res) => control.answer(req, res)));
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  const [microsoft, content, steering] = listeners.map((listener) => listener.port);
  place.port = content ?? 0;
  const ca = await writeCa(identity.caPem, options.caFile);
  const tenants: TenantInfo[] = [];
  const { users = 5, messages = 40, files = 20, messageKib, isPlain, fileKib } = options;
  for (let index = 0; index < (options.tenants ?? 1); index += 1)
    tenants.push(await createTenant(world, { users, messages, files, messageKib, isPlain, fileKib }));
  const name = names[0] ?? host;
  return {
    login: `https://${name}:${microsoft}`,
    graph: `https://${name}:${microsoft}`,
    control: `https://${name}:${steering}`,
    ca: ca.path,
    tenants,
    call: async (method, target, body = {}) =>
      parseAnswer(await drain((await control.call(method, target, body)).body)),
    close: async () => {
      await Promise.all(listeners.map((listener) => listener.close()));
      await ca.remove();
    },
  };
}

function throttleBy(limits: LimitKind): ThrottleSettings {
  return limits === 'off' ? { ...DEFAULT_THROTTLE, isOn: false } : { ...DEFAULT_THROTTLE, algorithm: limits };
}

/** JSON as a value; lines of JSON as a list. */
function parseAnswer(bytes: Buffer): unknown {
  const lines = bytes
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  const values = lines.map((line) => JSON.parse(line) as unknown);
  return bytes.at(-1) === 10 || lines.length !== 1 ? values : values[0];
}

async function writeCa(pem: string, path: string | undefined): Promise<{ path: string; remove(): Promise<void> }> {
  const file = path ?? join(await mkdtemp(join(tmpdir(), 'holdfast-simulator-')), 'ca.pem');
  await writeFile(file, pem);
  return {
    path: file,
    remove: () => (path === undefined ? rm(dirname(file), { recursive: true, force: true }) : Promise.resolve()),
  };
}
