import { describeWithServer } from '@holdfast/testkit';
import { missingSmallDisk, SmallDisk } from '@holdfast/testkit/small-disk';
import { afterEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell } from './restore-everything.suite.js';

const DISK_MIB = 160;
let disk: SmallDisk | undefined;
// Lies in the folder that the next one takes away.
afterEach(() => disk?.remove());
const { clock, start, folder } = useProtectedTenant();

describeWithServer('one process whose own disk is full', missingSmallDisk(), () => {
  it('says so, starts its database again when there is room, and makes the backup then', async () => {
    disk = await SmallDisk.on(join(folder(), 'data'), DISK_MIB);
    const { api, tenantId, set, control, directoryId, registration, url, apiKey, stop } = await start({
      ...{ messages: 20, files: 4, destinations: ['backups'] },
      settings: { SWEEP_INTERVAL: '500ms' },
    });
    const [ann] = await control.users(directoryId);
    await endedWell(api, tenantId, (await api.startBackup(tenantId, set, {})).jobId);

    await disk.fill();
    const authorization = `Bearer ${apiKey}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const add = () => {
      const body = JSON.stringify({ ...registration, directoryId: randomUUID() });
      return fetch(`${url}/api/v1/tenants`, { method: 'POST', headers, body });
    };
    const list = async () => (await fetch(`${url}/api/v1/tenants`, { headers })).status;
    let answer = await add();
    for (let tries = 0; answer.ok; tries += 1) {
      // Rooms of tables that it has are used up first.
      expect(tries).toBeLessThan(1_000);
      answer = await add();
    }
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(/The database's disk is full, .* Make room/);
    const pidFile = join(folder(), 'data', 'postgres', 'cluster', 'postmaster.pid');
    process.kill(Number((await readFile(pidFile, 'utf8')).split('\n')[0]), 'SIGKILL');
    for (let looks = 0; looks < 10; looks += 1) {
      await clock.sleep(500);
      expect(await list()).toBe(503);
    }

    await disk.makeRoom();
    for (let looks = 0; (await list()) !== 200; looks += 1) {
      expect(looks).toBeLessThan(300);
      await clock.sleep(200);
    }
    await control.mutate(directoryId, {
      workload: 'drive',
      user: ann!.id,
      op: 'create-file',
      path: 'late.txt',
      text: 'late',
    });
    const { jobId } = await api.startBackup(tenantId, set, {});
    await endedWell(api, tenantId, jobId);
    const { rows } = await api.search(tenantId, {
      from: { jobId },
      pattern: 'late.txt',
      resourceIds: [`drive.${ann!.id}`],
    });
    expect(rows.map(({ name }) => name)).toEqual(['late.txt']);
    await stop();
  }, 180_000);

  it('says how far a restore without a server came whose folder has no room for it', async () => {
    const settings = { SWEEP_INTERVAL: '500ms' };
    const { api, tenantId, set, keyText, stop } = await start({
      messages: 20,
      files: 4,
      destinations: ['backups'],
      settings,
    });
    await endedWell(api, tenantId, (await api.startBackup(tenantId, set, {})).jobId);
    await stop();
    const key = join(folder(), 'key');
    await writeFile(key, `${keyText}\n`);
    disk = await SmallDisk.on(join(folder(), 'restored'), 1);
    const from = ['--folder', join(folder(), 'backups'), '--vault-key-file', key];
    const { code, told } = await holdfast('vault', 'restore', ...from, '--to', disk.path);
    expect(code).toBe(1);
    expect(told).toMatch(
      /no room left on the disk .*\n +It stopped there\. [\d,]+ items are written, whole and below /,
    );
  }, 120_000);
});
