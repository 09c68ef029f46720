import { type Clock, SystemClock } from '@holdfast/kernel';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { HoldfastApi } from './api.js';
import { startChild, type Child } from './child.js';
import { SimulatorControl } from './simulator-control.js';

const simulatorReady = z.object({ login: z.string(), graph: z.string(), control: z.string(), ca: z.string() });
const holdfastReady = z.object({ url: z.string(), apiKey: z.string() });

const SCRIPTS = resolve(import.meta.dirname, '../../..');

/** The simulator has these limits times Microsoft's, and Holdfast keeps to them: small tenants would wait for minutes else. */
export const LIMIT_FACTOR = 100;
/** Holdfast's name for the simulator. */
export const CLOUD = 'simulator';

/** A simulator and a single-process edition, each in a process of its own. */
export interface RunningSystem {
  readonly folder: string;
  /** A folder that backups may go to. */
  readonly backups: string;
  readonly url: string;
  readonly apiKey: string;
  readonly simulatorUrl: string;
  readonly api: HoldfastApi;
  readonly control: SimulatorControl;
  readonly processIds: readonly number[];
  /** Ends both processes and removes their files. */
  close(): Promise<void>;
}

export interface SystemOptions {
  readonly seed: number;
  readonly clock?: Clock;
  /** Further settings of the services, as environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts both with no tenant, in a temporary folder. */
export async function startSystem({
  seed,
  clock = new SystemClock(),
  settings = {},
}: SystemOptions): Promise<RunningSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  // As root, PostgreSQL runs under another account and has to pass through.
  await chmod(folder, 0o711);
  const children: Child[] = [];
  const stop = async () => {
    for (const child of children.splice(0).reverse()) await child.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const simulatorArgs = ['--port', '0', '--seed', `${seed}`, '--tenants', '0', '--json'];
    children.push(await startChild(join(SCRIPTS, 'test/simulator/dist/main.js'), simulatorArgs));
    const simulator = simulatorReady.parse(children[0]?.ready);
    const caPem = await readFile(simulator.ca, 'utf8');
    const clouds = join(folder, 'clouds.json');
    await writeFile(clouds, cloudsFile(simulator, caPem));
    const backups = join(folder, 'backups');
    await mkdir(backups);
    const data = join(folder, 'data');
    const args = ['--data', data, '--listen', '127.0.0.1:0', '--clouds', clouds, '--log-level', 'error', '--json'];
    const standalone = await startChild(join(SCRIPTS, 'services/standalone/dist/main.js'), args, settings);
    children.push(standalone);
    const { url, apiKey } = holdfastReady.parse(standalone.ready);
    const control = new SimulatorControl(simulator.control, caPem);
    const api = new HoldfastApi(url, apiKey, clock);
    await control.setLimits(LIMIT_FACTOR);
    const closed = { soon: undefined as Promise<void> | undefined };
    const close = () => (closed.soon ??= Promise.all([control.close(), api.close()]).then(stop));
    const processIds = children.map(({ pid }) => pid);
    return { folder, backups, url, apiKey, simulatorUrl: simulator.graph, api, control, processIds, close };
  } catch (error) {
    await stop();
    throw error;
  }
}

function cloudsFile({ login, graph }: z.infer<typeof simulatorReady>, caPem: string): string {
  const cloud = { name: CLOUD, loginBaseUrl: login, graphBaseUrl: graph, caPem, limitsTimeScale: LIMIT_FACTOR };
  return JSON.stringify([cloud]);
}
