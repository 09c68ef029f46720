import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Figure, Measured } from '../figure.js';
import { startChild } from '../service/child.js';
import { JsonClient } from '../service/json-client.js';
import { runScenario, usersToMake, type Counted, type LimitedService, type LimitKind } from './run-scenario.js';
import { APP, FILES, MAILBOXES, type Scenario } from './scenario.js';

const SIMULATOR = fileURLToPath(new URL('../../../simulator/dist/main.js', import.meta.url));
const CROWD = fileURLToPath(new URL('./crowd-process.js', import.meta.url));

export const KINDS: readonly LimitKind[] = ['fixed-window', 'sliding-window', 'token-bucket'];
/**
 * Whole windows are measured: an unused one is taken in a rush, and comes back as it was taken. What many share is smoothed from window to window,
 * so that a stretch that begins after the rush sees as lost what only came later: those are measured from their first request on.
 */
const SCENARIOS: readonly (readonly [Scenario, windows: readonly [number, number]])[] = [
  [MAILBOXES, [0.5, 1]],
  [FILES, [0, 3]],
  [APP, [0, 6]],
];
const CRAWLERS = 4;

const served = z.object({
  login: z.string(),
  graph: z.string(),
  control: z.string(),
  ca: z.string(),
  tenants: z.array(z.object({ tenantId: z.string(), clientId: z.string(), clientSecret: z.string() })),
});

export interface BudgetOptions {
  /** Mailboxes and drives of each of the two tenants. */
  readonly users: number;
  /** How the service counts its limits, one after the other. */
  readonly kinds: readonly LimitKind[];
  readonly tell: (line: string) => void;
}

/** Four crawlers in processes of their own, two tenants, one auth: how much of each limit is in use while work waits, and how much is refused. */
export async function measureBudgets({ users, kinds, tell }: BudgetOptions): Promise<Measured> {
  const figures: Figure[] = [];
  for (const kind of kinds) {
    const counts: Counted[] = [];
    const [load = 0] = loadavg();
    for (const [scenario, windows] of SCENARIOS) {
      const counted = await measured(scenario, kind, { users, windows });
      tell(`${kind}, ${scenario.name}: ${told(counted)}`);
      counts.push(counted);
      figures.push({
        name: `${kind}, ${scenario.name}: budget in use while work waits`,
        unit: '%',
        measured: (100 * counted.passed) / counted.allowed,
        asked: { is: '≥', value: 95 },
        note: `${told(counted)}; limits × ${scenario.share}, compressed ${scenario.timeScale} times`,
        behind: scenario.behind,
      });
    }
    const [requests, throttled] = [sum(counts, 'requests'), sum(counts, 'throttled')];
    figures.push({
      name: `${kind}: throttled share`,
      unit: '%',
      measured: (100 * throttled) / requests,
      asked: { is: '≤', value: 0.1 },
      note: `${throttled} of ${requests} requests of ${CRAWLERS} crawlers, ${users} mailboxes and drives in each of 2 tenants; load before it ${load.toFixed(1)} on ${availableParallelism()} cores`,
    });
  }
  return { figures };
}

interface Extent {
  readonly users: number;
  readonly windows: readonly [number, number];
}

async function measured(scenario: Scenario, kind: LimitKind, { users, windows }: Extent): Promise<Counted> {
  const flags = [
    '--port',
    '0',
    '--seed',
    '7',
    '--json',
    '--tenants',
    '2',
    '--users',
    `${usersToMake(users)}`,
    '--limits',
    kind,
  ];
  const child = await startChild(SIMULATOR, [...flags, '--messages', '0', '--files', '0']);
  const { login, graph, control, ca, tenants } = served.parse(child.told);
  const caPem = await readFile(ca, 'utf8');
  const client = new JsonClient(control, { ca: caPem });
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-crowd-'));
  const service: LimitedService = {
    login,
    graph,
    caPem,
    registrations: tenants,
    control: (method, target, body) => client.json(method, target, body),
  };
  let started = 0;
  try {
    return await runScenario({
      scenario,
      kind,
      service,
      windows,
      crawlers: CRAWLERS,
      users,
      startCrowd: async (options) => {
        const file = join(folder, `crawler-${(started += 1)}.json`);
        await writeFile(file, JSON.stringify(options), { mode: 0o600 });
        const crawler = await startChild(CROWD, [file]);
        return () => crawler.stop();
      },
    });
  } finally {
    await client.close();
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function told({ passed, allowed, requests, throttled, byTenant }: Counted): string {
  return `${passed} of ${Math.round(allowed)} passed while measured, ${throttled} of ${requests} requests refused, tenants ${byTenant.join(' : ')}`;
}

function sum(counts: readonly Counted[], key: 'requests' | 'throttled'): number {
  return counts.reduce((total, one) => total + one[key], 0);
}
