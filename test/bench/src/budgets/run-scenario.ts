import { SystemClock } from '@holdfast/kernel';
import { AuthHost, type Registration } from './auth-host.js';
import type { CrowdOptions } from './crowd.js';
import type { Scenario } from './scenario.js';

export type LimitKind = 'fixed-window' | 'sliding-window' | 'token-bucket';

/** The service that is asked, as this measurement steers it. */
export interface LimitedService {
  readonly login: string;
  readonly graph: string;
  readonly caPem: string;
  readonly registrations: readonly Registration[];
  control(method: 'GET' | 'POST' | 'PUT' | 'DELETE', target: string, body?: object): Promise<unknown>;
}

/** Users to make in a tenant so that enough of them have a mailbox and a drive: guests and others have none. */
export function usersToMake(users: number): number {
  return Math.ceil(users * 1.5) + 4;
}

export interface ScenarioOptions {
  readonly scenario: Scenario;
  readonly kind: LimitKind;
  readonly service: LimitedService;
  readonly crawlers: number;
  /** Mailboxes or drives of each tenant that are read. */
  readonly users: number;
  /** Windows that pass from the first request to the measuring's begin, and while it lasts. */
  readonly windows: readonly [before: number, measured: number];
  /** Starts one crawler; answers how to stop it. */
  readonly startCrowd: (options: CrowdOptions) => Promise<() => Promise<void>>;
}

/** What the service counted while work waited for one limit. */
export interface Counted {
  /** Units that passed, and that the limit allows in the same time. */
  readonly passed: number;
  readonly allowed: number;
  readonly requests: number;
  readonly throttled: number;
  /** Units that passed, by tenant. */
  readonly byTenant: readonly number[];
}

interface SimulatedUser {
  readonly id: string;
  readonly hasMailbox: boolean;
  readonly hasDrive: boolean;
}

interface Line {
  readonly tenantId: string;
  readonly bucket: string;
  readonly requests: number;
  readonly throttled: number;
}

const CLOUD = 'simulator';
/** For the first request, which the crawlers send while some of them are still starting. */
const LOOK_EVERY_MS = 20;
const FIRST_WITHIN_MS = 60_000;

/** Lets crawlers loose on a service with one kind of limits; every resource always has work. */
export async function runScenario(options: ScenarioOptions): Promise<Counted> {
  const { scenario, kind, service, crawlers, windows } = options;
  const { timeScale, share, workload, limit } = scenario;
  const clock = new SystemClock();
  const host = await AuthHost.start({
    name: CLOUD,
    loginBaseUrl: service.login,
    graphBaseUrl: service.graph,
    caPem: service.caPem,
    limitsTimeScale: timeScale,
    limitsShare: share,
  });
  try {
    const parts: CrowdOptions['tasks'][number][][] = Array.from({ length: crawlers }, () => []);
    for (const registration of await registrationsOf(options)) {
      const { tenant } = await host.register(CLOUD, registration);
      const read = await equippedUsers(options, registration.tenantId);
      for (const [index, user] of read.entries()) {
        const grant = await host.grant(tenant, `${workload}.${user}`, 'first-full');
        parts[index % crawlers]?.push({ tenant, grant, user, workload });
      }
    }
    await service.control('POST', '/clock', { scale: timeScale });
    const throttle = { isOn: true, algorithm: kind, hasRetryAfter: true, limitFactor: share };
    await service.control('PUT', '/throttle', throttle);
    await service.control('POST', '/throttle/clear');
    const start = { auth: host.crawler(), graphBaseUrl: service.graph, caPem: service.caPem };
    await service.control('DELETE', '/log');
    const windowMs = limit.perMs / timeScale;
    const [[before, beganAt], ...stops] = await Promise.all([
      begin(options, windows[0] * windowMs, clock),
      ...parts.map((tasks) => options.startCrowd({ ...start, tasks })),
    ]);
    await clock.sleep(beganAt + windows[1] * windowMs - clock.now());
    const [after, endedAt] = [await linesOf(service, workload), clock.now()];
    await Promise.all(stops.map((stop) => stop()));
    const all = await linesOf(service, workload);
    const amount = Math.floor(limit.amount * share) * scenario.buckets(service.registrations.length, options.users);
    const sum = (lines: readonly Line[], key: 'requests' | 'throttled') =>
      lines.reduce((total, line) => total + line[key], 0);
    const passed = (lines: readonly Line[]) => sum(lines, 'requests') - sum(lines, 'throttled');
    return {
      passed: passed(after) - passed(before),
      allowed: (amount * (endedAt - beganAt)) / windowMs,
      requests: sum(all, 'requests'),
      throttled: sum(all, 'throttled'),
      byTenant: service.registrations.map(({ tenantId }) => passed(all.filter((line) => line.tenantId === tenantId))),
    };
  } finally {
    await host.stop();
  }
}

/** What had passed by the measuring's begin, and when that was. */
async function begin(
  { service, scenario: { workload } }: ScenarioOptions,
  afterMs: number,
  clock: SystemClock,
): Promise<readonly [readonly Line[], number]> {
  const until = clock.now() + FIRST_WITHIN_MS;
  while ((await linesOf(service, workload)).length === 0) {
    if (clock.now() > until) throw new Error('no crawler has asked for anything: there is nothing to measure');
    await clock.sleep(LOOK_EVERY_MS);
  }
  const firstAt = clock.now();
  if (afterMs === 0) return [[], firstAt];
  await clock.sleep(afterMs);
  return [await linesOf(service, workload), clock.now()];
}

/** How each tenant knows the product: by an app of its own, or by the first tenant's. */
async function registrationsOf({ scenario, service }: ScenarioOptions): Promise<readonly Registration[]> {
  const [first, ...others] = service.registrations;
  if (!scenario.isAppShared || !first) return service.registrations;
  const { clientId, clientSecret } = first;
  for (const { tenantId } of others) await service.control('POST', `/tenants/${tenantId}/apps`, { clientId });
  return service.registrations.map(({ tenantId }) => ({ tenantId, clientId, clientSecret }));
}

/** Users of a tenant that have both a mailbox and a drive, as many as are read. */
async function equippedUsers({ service, users }: ScenarioOptions, tenantId: string): Promise<readonly string[]> {
  const known = (await service.control('GET', `/tenants/${tenantId}`)) as { readonly users: readonly SimulatedUser[] };
  const equipped = known.users.filter(({ hasMailbox, hasDrive }) => hasMailbox && hasDrive).slice(0, users);
  if (equipped.length < users) throw new Error(`only ${equipped.length} of ${users} users have a mailbox and a drive`);
  return equipped.map(({ id }) => id);
}

async function linesOf(service: LimitedService, workload: Scenario['workload']): Promise<readonly Line[]> {
  const { totals } = (await service.control('GET', '/log/totals')) as { totals: readonly Line[] };
  return totals.filter(({ bucket }) => bucket === (workload === 'mail' ? 'outlook' : 'sharepoint'));
}
