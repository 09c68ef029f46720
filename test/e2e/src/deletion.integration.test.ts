import { expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentsBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
const AT_ONCE = {
  ...{ FREEING_READERS_REST: '0s', FREEING_DELETION_REST: '0s', FREE_AGAIN_AFTER: '500ms' },
  ...{ CATCH_UP_INTERVAL: '100ms', SWEEP_INTERVAL: '200ms' },
};
const { clock, start, folder } = useProtectedTenant();

it('deletes a user on the request of one and the approval of two, for good, and nothing else', async () => {
  const tenant = await start({ messages: 12, files: 8, destinations: ['backups'], settings: AT_ONCE });
  const { api, tenantId, set, keyText, control, directoryId } = tenant;
  const [leaver] = await api.accounts(tenantId);
  const accountId = leaver?.accountId ?? '';
  const isOfLeaver = ({ resourceId }: { readonly resourceId: string }) => resourceId.endsWith(accountId);
  const endedWell = async ({ jobId }: { readonly jobId: string }) => {
    const job = await api.ended(tenantId, jobId, WITHIN_MS);
    expect(job.state).toMatch(WELL);
    return jobId;
  };
  const key = join(folder(), 'key');
  await writeFile(key, `${keyText}\n`);
  /** When its space freeing has run, and nothing of that waits to be deleted. */
  const freedOf = async (deletionId: string) => {
    for (let tries = 0; tries < 1_500; tries += 1) {
      const deletion = await api.deletion(tenantId, deletionId);
      if (deletion.bytes?.standing === 'freed' && deletion.freeing?.state.match(WELL)) return deletion;
      await clock.sleep(100);
    }
    throw new Error('the bytes of the deletion did not go');
  };
  let restores = 0;
  /** What the destination alone gives back of some resources, without a server; undefined where it has none of them. */
  const restored = async (asOf: string, resources: readonly string[]) => {
    const to = join(folder(), `restored-${(restores += 1)}`);
    const from = ['--folder', join(folder(), 'backups'), '--vault-key-file', key];
    const chosen = resources.flatMap((resource) => ['--resource', resource]);
    const { code } = await holdfast('vault', 'restore', ...from, ...chosen, '--as-of', asOf, '--to', to);
    return code === 0 ? contentsBelow(to) : undefined;
  };
  const states: string[] = [];
  for (let seed = 1; seed <= 3; seed += 1) {
    await endedWell(await api.startBackup(tenantId, set));
    states.push(new Date().toISOString());
    await control.destroy(directoryId, { seed, share: 0.3 });
  }
  const all = [...new Set((await api.snapshots(tenantId, set)).map(({ resourceId }) => resourceId))];
  const theirs = all.filter((resourceId) => isOfLeaver({ resourceId }));
  const others = all.filter((resourceId) => !isOfLeaver({ resourceId }));
  const before = await Promise.all(states.map((asOf) => restored(asOf, others)));
  for (const asOf of states) expect((await restored(asOf, theirs))?.size).toBeGreaterThan(0);

  const other = await api.asAnotherAdmin(tenantId);
  const wanted = { of: { kind: 'account', accountId }, reason: 'Art. 17' };
  const { hold } = await api.placeHold(tenantId, { on: { kind: 'account', accountId }, reason: 'Case 7' });
  await expect(api.requestDeletion(tenantId, set, wanted)).rejects.toThrow('A legal hold is on');
  await api.liftHold(tenantId, hold.holdId);
  const requested = await api.requestDeletion(tenantId, set, wanted);
  expect(requested.warnings).toEqual([]);
  const { deletionId } = requested.deletion;
  const late = await api.asAnotherAdmin(tenantId);
  await expect(late.approveDeletion(tenantId, deletionId)).rejects.toThrow('made after the deletion was requested');
  expect((await api.approveDeletion(tenantId, deletionId)).deletion.state).toBe('waiting');
  await expect(api.approveDeletion(tenantId, deletionId)).rejects.toThrow('from somebody else');
  const held = await api.placeHold(tenantId, { on: { kind: 'set', backupSetId: set }, reason: 'Case 8' });
  await expect(other.approveDeletion(tenantId, deletionId)).rejects.toThrow('A legal hold is on');
  await api.liftHold(tenantId, held.hold.holdId);
  expect((await api.snapshots(tenantId, set)).filter(isOfLeaver)).toHaveLength(2 * 3);

  const { deletion, warnings } = await other.approveDeletion(tenantId, deletionId);
  expect(warnings).toEqual([]);
  await endedWell({ jobId: deletion.jobId ?? '' });
  const left = await api.snapshots(tenantId, set);
  expect([left.length, left.filter(isOfLeaver)]).toEqual([2 * 3, []]);
  const done = await api.deletion(tenantId, deletionId);
  expect(done).toMatchObject({ state: 'removed', approvals: [{}, {}] });
  expect(done.removed.map(({ snapshots, firstNumber, lastNumber }) => [snapshots, firstNumber, lastNumber])).toEqual([
    [3, 1, 3],
    [3, 1, 3],
  ]);

  const again = await endedWell(await api.startBackup(tenantId, set));
  expect((await api.tasks(tenantId, again)).filter(isOfLeaver)).toEqual([]);
  await endedWell(await api.startBackup(tenantId, set, { fullCheck: true }));
  expect((await api.snapshots(tenantId, set)).filter(isOfLeaver)).toEqual([]);

  // Nobody has to start it.
  const { freeing, bytes } = await freedOf(deletionId);
  expect(freeing).toMatchObject({ snapshotsInUse: 0, packsToErase: 0 });
  expect(freeing?.bytesFreed).toBeGreaterThan(0);
  expect(bytes?.explanation).toContain('Deleted at every destination');
  for (const [at, asOf] of states.entries()) {
    expect(before[at]?.size).toBeGreaterThan(0);
    expect(await restored(asOf, others)).toEqual(before[at]);
    expect(await restored(asOf, theirs)).toBeUndefined();
  }
  expect(await api.certifiedDeletion(tenantId, deletionId)).toMatchObject({
    bytes: { standing: 'freed', waitingBytes: 0 },
    deletion: { freeing: { jobId: freeing?.jobId } },
  });
  await Promise.all([other.close(), late.close()]);
}, 300_000);
