import { closeAll, HoldfastApi, startSimulatorProcess, temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { startStandalone } from '@holdfast/standalone';
import { describeWithServer, missingNats, type OtlpReceiver } from '@holdfast/testkit';
import { describe } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newFolder, startClusterSystem } from './cluster-system.js';
import { itTellsOfAJob, type TracedSystem } from './telemetry.suite.js';
import { tellingAll } from './telling-all.js';

const SEED = 3;

async function startOneProcess(receiver: OtlpReceiver): Promise<TracedSystem> {
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const simulator = await startSimulatorProcess(folder, SEED);
  closers.push(() => simulator.close());
  const running = await startStandalone({
    data: join(folder, 'data'),
    listen: '127.0.0.1:0',
    logLevel: 'error',
    cloudsFile: simulator.cloudsFile,
    settings: { CRAWLER_WORKERS: '0', ...tellingAll(receiver) },
  });
  closers.push(() => running.close());
  const api = new HoldfastApi(running.url, running.apiKey, new SystemClock());
  closers.push(() => api.close());
  const destination = await newFolder(folder);
  return { api, control: simulator.control, destination, close: () => closeAll(closers) };
}

describe('one process', () => {
  itTellsOfAJob(startOneProcess, () => 'holdfast');
});

describeWithServer('every service a process, NATS between them', missingNats(), () => {
  itTellsOfAJob(
    (receiver) => startClusterSystem(SEED, newFolder, tellingAll(receiver)),
    (service) => `holdfast-${service}`,
  );
});
