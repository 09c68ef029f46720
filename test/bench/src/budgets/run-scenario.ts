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

export interface ScenarioOptions {
  readonly scenario: Scenario;
  readonly kind: LimitKind;
  readonly service: LimitedService;
  readonly crawlers: number;
  /** Windows that pass before the measuring begins, and while it lasts. */
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

interface Line {
  readonly tenantId: string;
  readonly bucket: string;
  readonly requests: number;
  readonly throttled: number;
}

const CLOUD = 'simulator';

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
    let users = 0;
    for (const registration of service.registrations) {
      const known = await host.register(CLOUD, registration);
      users = known.users.length;
      for (const [index, user] of known.users.entries()) {
        const grant = await host.grant(known.tenant, `${workload}.${user}`, 'first-full');
        parts[index % crawlers]?.push({ tenant: known.tenant, grant, user, workload });
      }
    }
    await service.control('POST', '/clock', { scale: timeScale });
    const throttle = { isOn: true, algorithm: kind, hasRetryAfter: true, limitFactor: share };
    await service.control('PUT', '/throttle', throttle);
    await service.control('POST', '/throttle/clear');
    const start = { auth: host.crawler(), graphBaseUrl: service.graph, caPem: service.caPem };
    await service.control('DELETE', '/log');
    const stops = await Promise.all(parts.map((tasks) => options.startCrowd({ ...start, tasks })));
    const windowMs = limit.perMs / timeScale;
    await clock.sleep(windows[0] * windowMs);
    const [before, beganAt] = [await linesOf(service, workload), clock.now()];
    await clock.sleep(windows[1] * windowMs);
    const [after, endedAt] = [await linesOf(service, workload), clock.now()];
    await Promise.all(stops.map((stop) => stop()));
    const all = await linesOf(service, workload);
    const amount = Math.floor(limit.amount * share) * scenario.buckets(service.registrations.length, users);
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

async function linesOf(service: LimitedService, workload: Scenario['workload']): Promise<readonly Line[]> {
  const { totals } = (await service.control('GET', '/log/totals')) as { totals: readonly Line[] };
  return totals.filter(({ bucket }) => bucket === (workload === 'mail' ? 'outlook' : 'sharepoint'));
}
