import { newDeletion } from '@holdfast/contracts/api';
import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ID, JOB, NOW, SET, VAULT, job, ours, report, rows, useFakeApi, world } from '../api-world.suite.js';

const api = useFakeApi();
const DELETION = ID(8);
const at = `POST ${ours}/backup-sets/${SET}/deletions`;
const one = `${ours}/deletions/${DELETION}`;
const deletion = {
  deletionId: DELETION,
  backupSetId: SET,
  vaultId: VAULT,
  of: { kind: 'account', accountId: 'u1' },
  reason: 'Art. 17',
  state: 'waiting',
  requestedBy: 'asker',
  requestedAtMs: NOW,
  approvals: [{ by: 'first', atMs: NOW }],
  removed: [],
};

describe('deletion', () => {
  it('is requested by name, approved and withdrawn', async () => {
    api().answers({
      ...world,
      [at]: { deletion, warnings: ['Nothing is there.'] },
      [`POST ${one}/approvals`]: { deletion, warnings: ['It has not begun.'] },
      [`POST ${one}/withdraw`]: { ...deletion, withdrawn: { by: 'asker', atMs: NOW } },
    });
    const line = ['deletion', 'request', '--account', 'ann@example.com', '--reason', 'Art. 17'];
    const { code, err } = await api().run(line);
    expect([code, err]).toEqual([0, expect.stringContaining(`holdfast deletion approve ${DELETION}`)]);
    expect(err).toContain('Nothing is there.\n');
    expect(newDeletion.parse(api().sent(at))).toEqual({ of: deletion.of, reason: 'Art. 17' });
    const items = ['--resource', 'mail.u1', '--item', 'AAMk=', '--item', 'AAMl='];
    expect((await api().run(['deletion', 'request', ...items, '--reason', 'x'])).code).toBe(0);
    const of = { kind: 'items', resourceId: 'mail.u1', itemIds: ['AAMk=', 'AAMl='] };
    expect(newDeletion.parse(api().sent(at)).of).toEqual(of);
    const approved = await api().run(['deletion', 'approve', DELETION]);
    expect([approved.err, approved.out]).toEqual(['It has not begun.\n', expect.stringContaining('by key first')]);
    expect((await api().run(['deletion', 'withdraw', DELETION])).out).toMatch(/Withdrawn.*by key asker/);
  });

  it('has to say of what, once, and why', async () => {
    api().answers(world);
    const both = ['--resource', 'mail.u1', '--account', 'ann@example.com'];
    for (const line of [
      ['--reason', 'x'],
      [...both, '--reason', 'x'],
      ['--account', 'ann@example.com', '--item', 'AAMk=', '--reason', 'x'],
      ['--item', 'AAMk=', '--reason', 'x'],
      ['--account', 'ann@example.com'],
    ])
      expect((await api().run(['deletion', 'request', ...line])).code).toBe(2);
    expect(api().sent(at)).toBeUndefined();
  });

  it('is run again, listed and shown', async () => {
    api().answers({
      ...world,
      [`POST ${one}/jobs`]: { ...job, kind: 'deletion' },
      [`GET ${ours}/jobs/${JOB}`]: { ...job, kind: 'deletion' },
      [`GET ${ours}/jobs/${JOB}/report`]: { ...report, housekeeping: [{ cause: 'snapshotsRemoved', items: 3 }] },
      [`GET ${ours}/deletions?pageSize=200`]: rows(deletion),
      [`GET ${one}`]: deletion,
    });
    expect((await api().run(['deletion', 'run', DELETION])).out).toContain(JOB);
    expect((await api().run(['job', 'report', JOB!])).out).toContain('Snapshots removed on request: 3');
    expect((await api().run(['deletion', 'list'])).out).toMatch(/account u1 .*waiting/);
    expect((await api().run(['deletion', 'show', DELETION])).out).toContain('Art. 17');
    const freeing = {
      jobId: JOB,
      state: 'completed',
      finishedAtMs: NOW,
      bytesFreed: 7,
      snapshotsInUse: 2,
      packsToErase: 3,
    };
    const bytes = { standing: 'waiting', explanation: 'Wait.', waitingBytes: 9, lockedUntilMs: NOW, unneededBytes: 0 };
    api().answers({ ...world, [`GET ${one}`]: { ...deletion, state: 'removed', removedAtMs: NOW, freeing, bytes } });
    const { out } = await api().run(['deletion', 'show', DELETION]);
    expect(out).toMatch(
      new RegExp(
        `${JOB}, completed, 7 B freed in the vault, snapshots left in use: 2, packs left: 3[^]*Wait\\.[^]*9 B`,
      ),
    );
    expect(out).toContain('Locked until');
  });

  it('is certified, into a file that takes the place of no other', async () => {
    const removed = [
      {
        ...{ resourceId: 'mail.u1', snapshots: 3, firstNumber: 1, lastNumber: 3 },
        ...{ firstJobStartedAtMs: NOW, lastJobStartedAtMs: NOW },
      },
    ];
    const statement = JSON.stringify({
      form: 'holdfast-deletion-1',
      issuedAtMs: NOW,
      tenantId: ID(1),
      deletion: { ...deletion, state: 'removed', removedAtMs: NOW, removed },
      bytes: { standing: 'waiting', explanation: 'Wait.', waitingBytes: 7, unneededBytes: 0 },
    });
    const whole = { statement, signature: 's', keyId: 'k', publicKey: 'p' };
    api().answers({ ...world, [`GET ${one}/certificate`]: whole });
    const file = join(api().home, 'certificate.json');
    const { code, out } = await api().run(['deletion', 'certificate', DELETION, '--to', file]);
    expect([code, out]).toEqual([0, expect.stringMatching(/Sealed bytes.*Wait\.[^]*7 B[^]*k/)]);
    expect(out).toContain('3 of mail.u1 (1 to 3)');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(whole);
    const again = await api().run(['deletion', 'certificate', DELETION, '--to', file]);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('exists')]);
  });
});
