import { CLOUD, type CloudLimits, closeAll, HoldfastApi, startSimulatorProcess, temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { startStandalone } from '@holdfast/standalone';
import { afterEach, beforeEach } from '@jest/globals';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const SEED = 3;
/** Processes end one after the other, each with what it still has to do. */
const TEARDOWN_MS = 60_000;

export interface TenantWanted {
  readonly messages: number;
  readonly files: number;
  /** Given, the tenant is plain, and each file is noise of so many KiB. */
  readonly fileKib?: number;
  /** Folders of the test's own folder that backups go to, in this order. */
  readonly destinations: readonly string[];
  /** What Holdfast uses of the simulator's limits; as in the demo when left out. */
  readonly limits?: CloudLimits;
  /** Of the services. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of the set's vault; a random key when left out. */
  readonly encryption?: object;
}

/** For each test a folder of its own, and one process with a tenant of two users and a set of all their mail and files. */
export function useProtectedTenant() {
  const clock = new SystemClock();
  const closers: (() => Promise<void>)[] = [];
  let folder = '';
  beforeEach(async () => {
    folder = await temporaryFolder();
    closers.push(() => rm(folder, { recursive: true, force: true }));
  });
  afterEach(() => closeAll(closers.splice(0)), TEARDOWN_MS);

  async function start({ messages, files, fileKib, destinations, limits, settings, encryption }: TenantWanted) {
    const simulator = await startSimulatorProcess(folder, SEED, limits);
    closers.push(() => simulator.close());
    const install = async (name: string) => {
      const running = await startStandalone({
        data: join(folder, name),
        listen: '127.0.0.1:0',
        logLevel: 'error',
        cloudsFile: simulator.cloudsFile,
        settings: { CRAWLER_WORKERS: '0', ...settings },
      });
      let isRunning = true;
      const stop = async () => {
        if (isRunning) await running.close();
        isRunning = false;
      };
      closers.push(stop);
      const api = new HoldfastApi(running.url, running.apiKey, clock);
      closers.push(() => api.close());
      return { api, stop, url: running.url, apiKey: running.apiKey };
    };
    const { api, stop, url, apiKey } = await install('data');
    const plain = fileKib === undefined ? {} : { isPlain: true, fileKib };
    const made = await simulator.control.createTenant({ users: 2, messages, files, seed: SEED, ...plain });
    const { tenantId: directoryId, clientId, clientSecret } = made;
    const credential = { kind: 'secret', clientSecret };
    const registration = { displayName: 'T', directoryId, clientId, cloud: CLOUD, credential };
    const { tenantId } = await api.createTenant(registration);
    const destinationIds: string[] = [];
    for (const name of destinations) {
      await mkdir(join(folder, name));
      destinationIds.push((await api.createFolderDestination(tenantId, join(folder, name))).destinationId);
    }
    const { backupSet, keyText } = await api.createSet(tenantId, {
      displayName: 'Everybody',
      destinationIds,
      workloads: ['mail', 'drive'],
      ...(encryption && { encryption }),
    });
    const { control } = simulator;
    const { backupSetId: set, vaultId } = backupSet;
    const ours = { api, tenantId, set, vaultId, destinationIds, keyText, stop };
    return { ...ours, url, apiKey, control, directoryId, registration, install };
  }
  return { clock, start, folder: () => folder };
}
