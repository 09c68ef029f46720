import { CLOUD, closeAll, HoldfastApi, startChild, startSimulatorProcess, temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { ProcessSecret } from '@holdfast/platform';
import { createPrivateKey, randomBytes, type KeyObject } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The same in both simulators, so that users, items and names are the same, too. */
const SEED = 11;
const MINUTE_MS = 60_000;

/** Everything that can be named of one tenant after a backup. */
export interface TenantIds {
  readonly tenantId: string;
  readonly destinationId: string;
  readonly backupSetId: string;
  readonly vaultId: string;
  readonly jobId: string;
  readonly taskId: string;
  readonly resourceId: string;
  readonly snapshotId: string;
  readonly itemId: string;
  readonly planId: string;
  readonly deletionId: string;
  readonly holdId: string;
  readonly keyId: string;
  /** An administrator's key of this tenant. */
  readonly apiKey: string;
}

/** Two tenants that differ in nothing but what Holdfast calls them, in one installation. */
export interface TwoTenants {
  readonly url: string;
  readonly providerKey: string;
  readonly ours: TenantIds;
  readonly theirs: TenantIds;
  /** What services of the installation prove themselves with. */
  readonly secret: ProcessSecret;
  /** What scheduler signs grants with. */
  readonly grantKey: KeyObject;
  addressOf(service: string): string;
  close(): Promise<void>;
}

interface Installation {
  readonly url: string;
  readonly apiKey: string;
}

/** Starts an installation with both, each backed up once, under the same names and to the same folder. */
export async function startTwoTenants(): Promise<TwoTenants> {
  const clock = new SystemClock();
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const clouds: object[] = [];
    const simulated: { directoryId: string; clientId: string; clientSecret: string; cloud: string }[] = [];
    for (const name of [CLOUD, `${CLOUD}-2`]) {
      const place = join(folder, name);
      await mkdir(place);
      const simulator = await startSimulatorProcess(place, SEED);
      closers.push(() => simulator.close());
      const [cloud] = JSON.parse(await readFile(simulator.cloudsFile, 'utf8')) as [object];
      clouds.push({ ...cloud, name });
      const tenant = await simulator.control.createTenant({ users: 2, messages: 6, files: 6, seed: SEED });
      const { tenantId: directoryId, clientId, clientSecret } = tenant;
      simulated.push({ directoryId, clientId, clientSecret, cloud: name });
    }
    const cloudsFile = join(folder, 'clouds.json');
    await writeFile(cloudsFile, JSON.stringify(clouds));
    const backups = join(folder, 'backups');
    await mkdir(backups);
    const key = randomBytes(32);
    const data = join(folder, 'data');
    const program = resolve(import.meta.dirname, '../dist/main.js');
    const child = await startChild(program, [data, cloudsFile, key.toString('hex')]);
    closers.push(() => child.stop());
    const running = child.ready as Installation;
    const api = new HoldfastApi(running.url, running.apiKey, clock);
    closers.push(() => api.close());
    const tenants: TenantIds[] = [];
    for (const { clientSecret, ...names } of simulated) {
      const credential = { kind: 'secret', clientSecret };
      const { tenantId } = await api.createTenant({ displayName: 'Contoso', ...names, credential });
      tenants.push(await backUp(api, tenantId, backups, running));
    }
    const [ours, theirs] = tenants;
    if (!ours || !theirs) throw new Error('two tenants were registered');
    const { grantKey } = JSON.parse(await readFile(join(data, 'secrets.json'), 'utf8')) as { grantKey: string };
    return {
      url: running.url,
      providerKey: running.apiKey,
      ours,
      theirs,
      secret: new ProcessSecret(() => key),
      grantKey: createPrivateKey(grantKey),
      addressOf: (service) => `unix:${join(data, 'run', `${service}.sock`)}`,
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function backUp(
  api: HoldfastApi,
  tenantId: string,
  backups: string,
  { url, apiKey: providerKey }: Installation,
): Promise<TenantIds> {
  const { destinationId } = await api.createFolderDestination(tenantId, backups);
  const { backupSet } = await api.createSet(tenantId, {
    displayName: 'All',
    destinationIds: [destinationId],
    workloads: ['mail', 'drive'],
  });
  const { backupSetId, vaultId } = backupSet;
  const { jobId } = await api.startBackup(tenantId, backupSetId);
  await api.ended(tenantId, jobId, 2 * MINUTE_MS);
  const snapshots = (await api.snapshotsAsOf(tenantId, jobId)).toSorted((a, b) =>
    a.resourceId < b.resourceId ? -1 : 1,
  );
  const snapshot = snapshots.find(({ resourceId }) => resourceId.startsWith('mail.'));
  if (!snapshot) throw new Error('the backup made no snapshot of a mailbox');
  const { resourceId, snapshotId } = snapshot;
  const task = (await api.tasks(tenantId, jobId)).find((one) => one.resourceId === resourceId);
  const [item] = await api.folderAsOf(tenantId, jobId, resourceId);
  const plan = await api.createPlan(tenantId, { from: { jobId }, sources: [{ resourceId }], policy: 'overwrite' });
  const wanted = { of: { kind: 'resource', resourceId }, reason: 'Art. 17' };
  const { deletionId } = (await api.requestDeletion(tenantId, backupSetId, wanted)).deletion;
  const { hold } = await api.placeHold(tenantId, { on: { kind: 'resource', resourceId }, reason: 'Case 7' });
  const made = await fetch(`${url}/api/v1/tenants/${tenantId}/api-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${providerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ displayName: 'Admin', role: 'customer-admin' }),
  });
  const { token, apiKey } = (await made.json()) as { token: string; apiKey: { keyId: string } };
  return {
    tenantId,
    destinationId,
    backupSetId,
    vaultId,
    jobId,
    taskId: task?.taskId ?? '',
    resourceId,
    snapshotId,
    itemId: item?.itemId ?? '',
    planId: plan.planId,
    deletionId,
    holdId: hold.holdId,
    keyId: apiKey.keyId,
    apiKey: token,
  };
}
