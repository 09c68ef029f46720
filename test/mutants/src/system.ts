import { HoldfastApi, startSimulatorProcess, temporaryFolder, type RunningSystem } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { startStandalone } from '@holdfast/standalone';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The single-process edition inside this very process, where its classes can be taken in hand, and a simulator beside it. Contents
 * are sealed on the main thread, since a thread of its own would load classes of its own.
 */
export async function startMutableSystem(seed: number): Promise<RunningSystem> {
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const simulator = await startSimulatorProcess(folder, seed);
    closers.push(() => simulator.close());
    const backups = join(folder, 'backups');
    await mkdir(backups);
    const { url, apiKey, ...holdfast } = await startStandalone({
      data: join(folder, 'data'),
      listen: '127.0.0.1:0',
      logLevel: 'silent',
      cloudsFile: simulator.cloudsFile,
      settings: { CRAWLER_WORKERS: '0' },
    });
    closers.push(() => holdfast.close());
    const api = new HoldfastApi(url, apiKey, new SystemClock());
    closers.push(() => api.close());
    const destination = { displayName: 'Backup folder', settings: { kind: 'folder', path: backups } };
    const processIds = [process.pid, simulator.pid];
    const { control } = simulator;
    return { folder, backups, destination, url, apiKey, simulatorUrl: simulator.url, api, control, processIds, close };
  } catch (error) {
    await close();
    throw error;
  }
}
