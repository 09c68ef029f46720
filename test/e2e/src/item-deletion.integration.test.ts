import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentsBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell } from './restore-everything.suite.js';

const AT_ONCE = {
  ...{ FREEING_READERS_REST: '0s', FREEING_DELETION_REST: '0s', FREE_AGAIN_AFTER: '500ms' },
  ...{ CATCH_UP_INTERVAL: '100ms', SWEEP_INTERVAL: '200ms' },
};
const { clock, start, folder } = useProtectedTenant();

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('deletes a folder, a file and a message from every state, and keeps them out from then on', async () => {
  const tenant = await start({ messages: 8, files: 4, destinations: ['backups'], settings: AT_ONCE });
  const { api, tenantId, set, keyText, control, directoryId } = tenant;
  const [ann, bob] = await control.users(directoryId);
  const [drive, mail] = [`drive.${ann!.id}`, `mail.${ann!.id}`];
  const onDrive = (op: string, more: object, user = ann!.id) =>
    control.mutate(directoryId, { workload: 'drive', user, op, ...more });
  const write = (path: string, text: string, user?: string) => onDrive('create-file', { path, text }, user);
  const backUp = async (body: object = {}) =>
    (await endedWell(api, tenantId, (await api.startBackup(tenantId, set, body)).jobId)).jobId;
  const key = join(folder(), 'key');
  await writeFile(key, `${keyText}\n`);
  let restores = 0;
  const restored = async (asOf: string) => {
    const to = join(folder(), `restored-${(restores += 1)}`);
    const from = ['--folder', join(folder(), 'backups'), '--vault-key-file', key];
    const { code, out } = await holdfast('vault', 'restore', ...from, '--as-of', asOf, '--to', to);
    if (code > 1) throw new Error(out);
    return contentsBelow(to);
  };
  const found = async (jobId: string, pattern: string) =>
    (await api.search(tenantId, { from: { jobId }, pattern, resourceIds: [drive, mail] })).rows.map(({ name }) => name);

  await write('plain.txt', 'stays');
  const first = { jobId: await backUp(), asOf: new Date().toISOString() };
  await onDrive('create-folder', { path: 'Secret' });
  await onDrive('create-folder', { path: 'Secret/Deep' });
  await write('Secret/one.txt', 'secret one');
  await write('Secret/Deep/two.txt', 'secret two');
  await write('alone.txt', 'shared with bob');
  await write('bobs.txt', 'shared with bob', bob!.id);
  const second = { jobId: await backUp(), asOf: new Date().toISOString() };
  await onDrive('edit', { path: 'Secret/one.txt', text: 'secret one, again' });
  await onDrive('edit', { path: 'plain.txt', text: 'stays, again' });
  const third = { jobId: await backUp(), asOf: new Date().toISOString() };
  const states = [first, second, third];
  const before = await Promise.all(states.map(({ asOf }) => restored(asOf)));

  const entries = await api.folderAsOf(tenantId, third.jobId, drive);
  const idOf = (name: string) => entries.find((entry) => entry.name === name)!.itemId;
  const [secret, alone] = [idOf('Secret'), idOf('alone.txt')];
  const other = await api.asAnotherAdmin(tenantId);
  /** Reporting hears of an end a moment after scheduler has told it. */
  const reported = async (jobId: string) => {
    for (let tries = 0; tries < 300; tries += 1) {
      const { housekeeping } = await api.jobReport(tenantId, jobId);
      if (housekeeping.length > 0) return housekeeping;
      await clock.sleep(100);
    }
    throw new Error('the report does not come');
  };
  const approved = async (resourceId: string, itemIds: readonly string[], ...told: readonly unknown[]) => {
    const wanted = { of: { kind: 'items', resourceId, itemIds }, reason: 'Art. 17' };
    const { deletion, warnings } = await api.requestDeletion(tenantId, set, wanted);
    expect([warnings, deletion.of]).toEqual([told, wanted.of]);
    await api.approveDeletion(tenantId, deletion.deletionId);
    const begun = await other.approveDeletion(tenantId, deletion.deletionId);
    expect(begun.warnings).toEqual([]);
    const job = await endedWell(api, tenantId, begun.deletion.jobId!);
    const housekeeping = await reported(job.jobId);
    return {
      ...(await api.deletion(tenantId, deletion.deletionId)),
      ...Object.fromEntries(housekeeping.map(({ cause, items }) => [cause, items])),
    };
  };
  const { hold } = await api.placeHold(tenantId, { on: { kind: 'resource', resourceId: drive }, reason: 'Case 7' });
  const wanted = { of: { kind: 'items', resourceId: drive, itemIds: [secret] }, reason: 'Art. 17' };
  await expect(api.requestDeletion(tenantId, set, wanted)).rejects.toThrow('A legal hold is on');
  await api.liftHold(tenantId, hold.holdId);

  const done = await approved(drive, [secret, alone]);
  // The folder, what lies below, and the file; the first state has none of them and stays as it is.
  expect(done).toMatchObject({ state: 'removed', itemsRemoved: 5, snapshotsRewritten: 2 });
  expect(done.removed).toMatchObject([{ resourceId: drive, snapshots: 2, firstNumber: 2, lastNumber: 3 }]);
  const nothing = await approved(
    drive,
    ['no-such-item'],
    expect.stringMatching(/^1 of 1 ids fit nothing .*: no-such-item\. /),
  );
  expect(nothing).toMatchObject({ state: 'removed', itemsRemoved: 0, snapshotsRewritten: 0, removed: [] });
  for (const { jobId } of states) {
    expect(await found(jobId, 'Secret')).toEqual([]);
    expect(await found(jobId, 'alone')).toEqual([]);
    expect(await found(jobId, 'one.txt')).toEqual([]);
    expect(await found(jobId, 'plain')).toHaveLength(1);
  }
  expect((await api.snapshots(tenantId, set)).filter(({ resourceId }) => resourceId === drive)).toHaveLength(3);

  const messageIn = async () => {
    for (const { itemId } of await api.folderAsOf(tenantId, third.jobId, mail))
      for (const entry of await api.folderAsOf(tenantId, third.jobId, mail, itemId))
        if (entry.kind === 'message') return { ...entry, inFolder: itemId };
    throw new Error('the mailbox has no message');
  };
  const message = await messageIn();
  expect(await approved(mail, [message.itemId])).toMatchObject({ itemsRemoved: 1, snapshotsRewritten: 3 });
  const kept = (await api.folderAsOf(tenantId, third.jobId, mail, message.inFolder)).map(({ name }) => name);
  expect([kept.includes(message.name), kept.includes('')]).toEqual([false, true]);

  // Whatever happens to them at the source, and however it is read.
  await onDrive('create-folder', { path: 'Elsewhere' });
  await onDrive('move', { itemId: alone, to: 'Elsewhere' });
  await onDrive('edit', { itemId: alone, text: 'alone, edited' });
  await onDrive('move', { path: 'Secret/Deep/two.txt', to: 'Elsewhere' });
  await onDrive('rename', { itemId: secret, name: 'Renamed' });
  const late = await write('Renamed/late.txt', 'late');
  for (const body of [{}, { fullCheck: true }]) {
    const jobId = await backUp(body);
    for (const name of ['alone', 'two.txt', 'one.txt', 'Renamed', 'late']) expect(await found(jobId, name)).toEqual([]);
    expect(await found(jobId, 'plain')).toHaveLength(1);
    expect(await found(jobId, 'Elsewhere')).toHaveLength(1);
  }
  // What came later is kept out while it lies there, and no longer.
  await onDrive('move', { itemId: late['itemId'], to: 'Elsewhere' });
  const moved = { jobId: await backUp(), asOf: new Date().toISOString() };
  expect(await found(moved.jobId, 'late')).toEqual(['late.txt']);
  const { rows } = { rows: await api.tasks(tenantId, moved.jobId) };
  expect(rows.every(({ state }) => state === 'completed')).toBe(true);

  // What the last backup's packs hold of it goes after the next one, which a schedule would make.
  const isFreed = async () => (await api.deletion(tenantId, done.deletionId)).bytes?.standing === 'freed';
  for (let tries = 1; !(await isFreed()); tries += 1) {
    expect(tries).toBeLessThan(1_500);
    if (tries % 200 === 0) await backUp();
    await clock.sleep(100);
  }
  const gone = ['secret one', 'secret one, again', 'secret two'].map(sha256);
  for (const [at, { asOf }] of states.entries()) {
    const left = await restored(asOf);
    for (const content of gone) expect(left.has(content)).toBe(false);
    const was = before[at]!;
    for (const content of left.keys()) expect(was.has(content)).toBe(true);
    const missing = [...was.keys()].filter((content) => !left.has(content) && !gone.includes(content));
    // The message, as it was.
    expect(missing.length).toBeLessThanOrEqual(1);
  }
  expect((await restored(second.asOf)).get(sha256('shared with bob'))).toBe(1);
  expect((await restored(moved.asOf)).has(sha256('alone, edited'))).toBe(false);
  await other.close();
}, 300_000);
