import { newExport, newPlan, searchRequest } from '@holdfast/contracts/api';
import { describe, expect, it } from '@jest/globals';
import { lstat, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ID,
  JOB,
  NOW,
  PLAN,
  SET,
  SNAPSHOT,
  VAULT,
  item,
  ours,
  plan,
  rows,
  snapshot,
  useFakeApi,
  world,
} from '../api-world.suite.js';

const api = useFakeApi();

describe('content', () => {
  const items = `${ours}/vaults/${VAULT}/resources/mail.u1/snapshots/${SNAPSHOT}/items`;
  const found = { [`GET ${ours}/snapshots?backupSetId=${SET}&resourceId=mail.u1&pageSize=1`]: rows(snapshot) };

  it('is browsed by the names of folders, and drives no terminal', async () => {
    api().answers({
      ...world,
      ...found,
      [`GET ${items}?pageSize=500`]: rows({ ...item, itemId: 'f1', name: 'Inbox', isFolder: true }),
      [`GET ${items}?folderId=f1&pageSize=500`]: rows(item),
    });
    const { code, out } = await api().run(['browse', 'mail:ann@example.com', 'inbox']);
    expect([code, out]).toEqual([0, expect.stringContaining('Hello \ufffd[2J')]);
    const missing = await api().run(['browse', 'mail:ann@example.com', 'Outbox']);
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('no folder Outbox')]);
  });

  it('is searched page after page up to the limit', async () => {
    const pages = [{ rows: [item, item], nextPageToken: 'next' }, { rows: [item, item] }];
    let page = 0;
    api().answers({ ...world, [`POST ${ours}/search`]: () => ({ ...pages[page++], examined: 9 }) });
    const line = [
      'search',
      'Hello',
      '--match',
      'starts-with',
      '--kind',
      'message',
      '--min-size',
      '1kb',
      '--limit',
      '3',
    ];
    const { code, out, err } = await api().run([...line, '--from', '2025-01-01T00:00Z', '--job', JOB!]);
    expect([code, out.match(/AAMk=/g)?.length, err]).toEqual([0, 3, expect.stringContaining('more than 3')]);
    const body = searchRequest.parse(api().sent(`POST ${ours}/search`));
    expect(body).toMatchObject({
      from: { jobId: JOB },
      match: 'starts-with',
      minBytes: 1_000,
      fromMs: NOW,
      pageToken: 'next',
    });
  });

  it('is planned to be restored elsewhere, shown, and performed', async () => {
    api().answers({
      ...world,
      [`POST ${ours}/restore-plans`]: plan,
      [`POST ${ours}/restore-plans/${PLAN}/perform`]: { planId: PLAN, jobId: JOB },
    });
    const line = [
      'restore',
      'plan',
      '--resource',
      'mail.u9',
      '--item',
      'AAMk=',
      '--to',
      'ann@example.com',
      '--policy',
      'skip',
    ];
    const { code, out } = await api().run(line);
    expect([code, out]).toEqual([0, expect.stringContaining('! Labels are lost.')]);
    expect(newPlan.parse(api().sent(`POST ${ours}/restore-plans`))).toMatchObject({
      from: { backupSetId: SET },
      sources: [{ resourceId: 'mail.u9', itemIds: ['AAMk='], targetAccountId: 'u1' }],
      policy: 'skip',
    });
    expect((await api().run(['restore', 'perform', PLAN!])).out).toContain(JOB);
    expect((await api().run(['restore', 'plan'])).code).toBe(2);
    expect((await api().run(['restore', 'plan', '--all', '--resource', 'mail.u9'])).code).toBe(2);
  });

  it('is exported to a file that does not exist yet', async () => {
    answerExports();
    const file = join(api().home, 'out.zip');
    const line = ['export', '--resource', 'drive:ann@example.com', '--format', 'zip', '-o', file];
    expect((await api().run(line)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('the file');
    expect(newExport.parse(api().sent(`POST ${ours}/exports`)).sources[0]?.resourceId).toBe('drive.u1');
    expect((await api().run(line)).code).toBe(2);
    expect((await api().run([...line.slice(0, -1), '-'])).out).toBe('the file');
  });

  it('is exported over nothing but the file that was named', async () => {
    answerExports();
    const into = (name: string) => join(api().home, name);
    await writeFile(into('o.zip.part'), 'another’s');
    await writeFile(into('target.zip'), 'old');
    await symlink(into('target.zip'), into('link.zip'));
    const line = ['export', '--resource', 'drive:ann@example.com', '--format', 'zip', '--force', '-o'];
    expect((await api().run([...line, into('o.zip')])).code).toBe(0);
    expect((await api().run([...line, into('link.zip')])).code).toBe(0);
    const files = ['o.zip', 'o.zip.part', 'target.zip'].map((name) => readFile(into(name), 'utf8'));
    expect(await Promise.all(files)).toEqual(['the file', 'another’s', 'the file']);
    expect((await lstat(into('link.zip'))).isSymbolicLink()).toBe(true);
    const device = await api().run([...line, '/dev/null']);
    expect([device.code, device.err]).toEqual([2, expect.stringContaining('/dev/null is no file.')]);
  });

  function answerExports(): void {
    const exportId = ID(8);
    const downloadPath = `/api/v1/${ours}/exports/${exportId}/content`;
    api().answers({
      ...world,
      [`POST ${ours}/exports`]: { exportId, downloadPath, expiresAtMs: NOW },
      [`GET ${ours}/exports/${exportId}/content`]: 'the file',
    });
  }
});
