import { CLOUD } from '@holdfast/demo';
import { describeWithServer, missingNats } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { type ClusterSystem, newFolder, startClusterSystem } from './cluster-system.js';
import { holdfast } from './offline.suite.js';
import { endedWell, restoreEverything } from './restore-everything.suite.js';

const SEED = 3;
const SETTINGS = { LEASE: '5s', SWEEP_INTERVAL: '1s', LOOK_INTERVAL: '2s', CRAWLER_WORKERS: '0' };

describeWithServer('a new provider key in a cluster', missingNats(), () => {
  let system: ClusterSystem;
  beforeAll(async () => {
    system = await startClusterSystem(SEED, newFolder, SETTINGS);
  }, 240_000);
  afterAll(() => system.close(), 60_000);

  async function protect() {
    const { api, control, destination } = system;
    const made = await control.createTenant({ users: 2, messages: 60, files: 20, seed: SEED });
    const { tenantId: directoryId, clientId, clientSecret } = made;
    const credential = { kind: 'secret', clientSecret };
    const { tenantId } = await api.createTenant({ displayName: 'T', directoryId, clientId, cloud: CLOUD, credential });
    const { destinationId } = await api.createDestination(tenantId, destination);
    const wanted = { displayName: 'All', destinationIds: [destinationId], workloads: ['mail', 'drive'] } as const;
    const { backupSet } = await api.createSet(tenantId, wanted);
    return { tenantId, directoryId, control, set: backupSet.backupSetId };
  }

  /** Rolls auth out, and asks the command line how much the keys open. */
  async function rollOut(keys: { readonly PROVIDER_KEY: string; readonly FURTHER_PROVIDER_KEYS: string }) {
    const auths = system.cluster.processes.filter(({ service }) => service === 'auth');
    expect(auths).toHaveLength(1);
    for (const auth of auths) await auth.rollOut(keys);
  }

  const ask = async (...line: readonly string[]) => {
    const { code, out } = await holdfast(
      '--url',
      system.url,
      '--key',
      system.apiKey,
      '--json',
      'provider-key',
      ...line,
    );
    expect(code).toBe(0);
    return JSON.parse(out) as object;
  };

  it('comes while a backup runs, and the old one goes: no job fails, and everything restores', async () => {
    const { api, control, cluster } = system;
    const tenant = await protect();
    const { tenantId, set, directoryId } = tenant;
    const first = cluster.secrets['PROVIDER_KEY']!;
    const second = randomBytes(32).toString('base64');
    await endedWell(api, tenantId, (await api.startBackup(tenantId, set)).jobId);

    await control.live(directoryId, { days: 3, joiners: 0, leavers: 0, seed: 4 });
    const { jobId } = await api.startBackup(tenantId, set, { fullCheck: true });
    await rollOut({ PROVIDER_KEY: second, FURTHER_PROVIDER_KEYS: first });
    expect(await ask('status')).toMatchObject({ present: 0, lost: 0 });
    await ask('rewrap');
    await endedWell(api, tenantId, jobId);
    expect(await ask('rewrap')).toMatchObject({ rewrapped: 0, remaining: 0, lost: 0 });

    await rollOut({ PROVIDER_KEY: second, FURTHER_PROVIDER_KEYS: '' });
    await control.live(directoryId, { days: 1, joiners: 0, leavers: 0, seed: 5 });
    const last = await api.startBackup(tenantId, set);
    await endedWell(api, tenantId, last.jobId);
    await restoreEverything(api, tenant, last.jobId);
    expect(
      cluster.processes.flatMap(({ name, exits }) => exits.map((how) => `${name} ended by itself: ${how}`)),
    ).toEqual([]);
  }, 300_000);
});
