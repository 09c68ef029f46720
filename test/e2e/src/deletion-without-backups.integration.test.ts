import { expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentsBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell } from './restore-everything.suite.js';

const AT_ONCE = {
  ...{ FREEING_READERS_REST: '0s', FREEING_DELETION_REST: '0s', FREE_AGAIN_AFTER: '500ms', RENEW_AFTER: '0s' },
  ...{ CATCH_UP_INTERVAL: '100ms', SWEEP_INTERVAL: '200ms' },
};
const { clock, start, folder } = useProtectedTenant();

/** What is stored of one account is being deleted; what the destination alone gives back of the others, without a server. */
async function begun({ states, messages, files }: { states: number; messages: number; files: number }) {
  const tenant = await start({ messages, files, destinations: ['backups'], settings: AT_ONCE });
  const { api, tenantId, set, keyText, control, directoryId } = tenant;
  const [leaver] = await api.accounts(tenantId);
  const accountId = leaver?.accountId ?? '';
  const key = join(folder(), 'key');
  await writeFile(key, `${keyText}\n`);
  const backUp = async () => endedWell(api, tenantId, (await api.startBackup(tenantId, set)).jobId);
  const instants: string[] = [];
  for (let seed = 1; seed <= states; seed += 1) {
    await backUp();
    instants.push(new Date().toISOString());
    await control.destroy(directoryId, { seed, share: 0.3 });
  }
  const others = (await api.snapshots(tenantId, set)).filter(({ resourceId }) => !resourceId.endsWith(accountId));
  const chosen = [...new Set(others.map(({ resourceId }) => resourceId))].flatMap((one) => ['--resource', one]);
  let restores = 0;
  const restored = async (asOf: string) => {
    const to = join(folder(), `r${(restores += 1)}`);
    const from = ['--folder', join(folder(), 'backups'), '--vault-key-file', key];
    expect((await holdfast('vault', 'restore', ...from, ...chosen, '--as-of', asOf, '--to', to)).code).toBe(0);
    return contentsBelow(to);
  };
  const allRestored = async () => {
    const contents = [];
    for (const asOf of instants) contents.push(await restored(asOf));
    return contents;
  };
  const contents = await allRestored();
  for (const content of contents) expect(content.size).toBeGreaterThan(0);

  const other = await api.asAnotherAdmin(tenantId);
  const wanted = { of: { kind: 'account', accountId }, reason: 'Art. 17' };
  const { deletionId } = (await api.requestDeletion(tenantId, set, wanted)).deletion;
  await api.approveDeletion(tenantId, deletionId);
  await other.approveDeletion(tenantId, deletionId);
  await other.close();
  const freed = async () => {
    for (let tries = 0; (await api.deletion(tenantId, deletionId)).bytes?.standing !== 'freed'; tries += 1) {
      expect(tries).toBeLessThan(900);
      await clock.sleep(100);
    }
    expect(await api.certifiedDeletion(tenantId, deletionId)).toMatchObject({ bytes: { standing: 'freed' } });
  };
  return { ...tenant, others, deletionId, backUp, freed, contents, allRestored };
}

it('erases what others’ newest snapshots share packs with, although no backup follows, and loses nothing of theirs', async () => {
  const { api, tenantId, set, vaultId, others, backUp, freed, contents, allRestored } = await begun({
    ...{ states: 2, messages: 12, files: 8 },
  });
  await freed();

  // Some of the others' newest snapshots were stated anew: as many states as before, of the same jobs.
  const kinds = (await api.jobs(tenantId, set)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'rewriting').length).toBeGreaterThan(0);
  const after = await api.snapshots(tenantId, set);
  const stateOf = ({ resourceId, jobId }: (typeof after)[number]) => `${resourceId} of ${jobId}`;
  expect(after.map(stateOf).sort()).toEqual(others.map(stateOf).sort());
  expect(Math.max(...after.map(({ number }) => number))).toBe(3);
  expect(await allRestored()).toEqual(contents);
  const { jobId } = await api.startCheck(tenantId, vaultId, { mode: 'deep' });
  expect((await api.ended(tenantId, jobId, 120_000)).state).toBe('completed');
  await backUp();
}, 300_000);

it('erases what was removed of a set that is deleted as soon as it lets itself be', async () => {
  const { api, tenantId, set, deletionId, url, apiKey, freed, contents, allRestored } = await begun({
    ...{ states: 1, messages: 6, files: 4 },
  });
  for (let tries = 0; (await api.deletion(tenantId, deletionId)).state !== 'removed'; tries += 1) {
    expect(tries).toBeLessThan(900);
    await clock.sleep(100);
  }
  const deleted = () =>
    fetch(`${url}/api/v1/tenants/${tenantId}/backup-sets/${set}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${apiKey}` },
    });
  // A space freeing of it may run.
  for (let tries = 0; !(await deleted()).ok; tries += 1) {
    expect(tries).toBeLessThan(900);
    await clock.sleep(50);
  }
  await freed();
  expect(await allRestored()).toEqual(contents);
}, 300_000);
