import { type Clock, SystemClock } from '@holdfast/kernel';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { HoldfastApi } from './api.js';
import { startChild } from './child.js';
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
  /** The destination that the main job backs up to, as the API takes it. */
  readonly destination: object;
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
}

/** A simulator without tenants, in a process of its own. */
export interface RunningSimulator {
  readonly url: string;
  readonly control: SimulatorControl;
  /** What a service's CLOUDS_FILE names. */
  readonly cloudsFile: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** What Holdfast makes of the documented limits of a cloud, as CLOUDS_FILE has it. */
export interface CloudLimits {
  readonly limitsTimeScale: number;
  readonly limitsShare?: number;
}

/** Starts a simulator and writes the file that makes it one of Holdfast's clouds. */
export async function startSimulatorProcess(
  folder: string,
  seed: number,
  limits: CloudLimits = { limitsTimeScale: LIMIT_FACTOR },
): Promise<RunningSimulator> {
  const args = ['--port', '0', '--seed', `${seed}`, '--tenants', '0', '--json'];
  const child = await startChild(join(SCRIPTS, 'test/simulator/dist/main.js'), args);
  const { login, graph, control: controlUrl, ca } = simulatorReady.parse(child.ready);
  const caPem = await readFile(ca, 'utf8');
  const cloud = { name: CLOUD, loginBaseUrl: login, graphBaseUrl: graph, caPem, ...limits };
  const cloudsFile = join(folder, 'clouds.json');
  await writeFile(cloudsFile, JSON.stringify([cloud]));
  const control = new SimulatorControl(controlUrl, caPem);
  await control.setLimits(LIMIT_FACTOR);
  const close = () => control.close().then(() => child.stop());
  return { url: graph, control, cloudsFile, pid: child.pid, close };
}

/** A new temporary folder that PostgreSQL can pass through: as root it runs under another account. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  await chmod(folder, 0o711);
  return folder;
}

/** Starts both with no tenant, in a temporary folder. */
export async function startSystem({ seed, clock = new SystemClock() }: SystemOptions): Promise<RunningSystem> {
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const closed = { soon: undefined as Promise<void> | undefined };
  const close = () => (closed.soon ??= closeAll(closers));
  try {
    const simulator = await startSimulatorProcess(folder, seed);
    closers.push(() => simulator.close());
    const backups = join(folder, 'backups');
    await mkdir(backups);
    const place = ['--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--clouds', simulator.cloudsFile];
    const standalone = await startChild(join(SCRIPTS, 'services/standalone/dist/main.js'), [
      ...place,
      '--log-level',
      'error',
      '--json',
    ]);
    closers.push(() => standalone.stop());
    const { url, apiKey } = holdfastReady.parse(standalone.ready);
    const api = new HoldfastApi(url, apiKey, clock);
    closers.push(() => api.close());
    return {
      folder,
      backups,
      destination: { displayName: 'Backup folder', settings: { kind: 'folder', path: backups } },
      url,
      apiKey,
      simulatorUrl: simulator.url,
      api,
      control: simulator.control,
      processIds: [simulator.pid, standalone.pid],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The last one added first. */
export async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.toReversed()) await close();
}
