import type { ExceptionView } from '@holdfast/contracts/api';
import { describe, expect, it } from '@jest/globals';
import { JOB, NOW, ours, PLACE, rows, useFakeApi, world } from '../api-world.suite.js';

const api = useFakeApi();

const owed: ExceptionView = {
  workload: 'mail',
  resourceId: 'mail.u1',
  outcome: 'owed',
  severity: 'error',
  itemId: 'AAMk=',
  kind: 'message',
  path: ['Inbox', 'Hello'],
  code: 'GRAPH_LOCKED',
  reason: 'Somebody holds it.',
};
const folder: ExceptionView = { ...owed, outcome: 'unexplained', code: 'COUNT_DIFFERS', atSource: 3, inSnapshot: 2 };

describe('what the server says of destinations', () => {
  const words = `Destination ${PLACE}: it is off.`;
  const place = {
    destinationId: PLACE,
    displayName: 'NAS',
    kind: 'folder',
    settings: { kind: 'folder', path: '/mnt' },
    version: 1,
    createdAtMs: NOW,
  };
  const event = { atMs: NOW, severity: 'error', kind: 'failed', message: words };
  const events = { [`GET ${ours}/jobs/${JOB}/events?pageSize=500`]: rows(event) };

  it('is shown with their names, or with their ids where these cannot be asked for, and as it is in JSON', async () => {
    api().answers({ ...world, ...events, [`GET ${ours}/destinations`]: { rows: [place] } });
    expect((await api().run(['job', 'log', JOB!])).out).toContain('Destination “NAS”: it is off.');
    expect((await api().run(['job', 'log', JOB!, '--json'])).out).toContain(words);
    api().answers({ ...world, ...events });
    expect((await api().run(['job', 'log', JOB!])).out).toContain(words);
  });
});

describe('the exceptions of a job', () => {
  it('are a table of what, where and why', async () => {
    api().answers({
      ...world,
      [`GET ${ours}/jobs/${JOB}/exceptions?outcome=owed&pageSize=500`]: rows(owed, folder),
    });
    const { code, out } = await api().run(['job', 'exceptions', JOB!, '--outcome', 'owed']);
    expect(code).toBe(0);
    expect(out).toMatch(/error +owed +mail\.u1 +Inbox\/Hello +GRAPH_LOCKED/);
    expect(out).toContain('COUNT_DIFFERS: 3 at the service, 2 here');
  });

  it('are a line of JSON each, page after page', async () => {
    const pages = { [`GET ${ours}/jobs/${JOB}/exceptions?pageSize=500`]: { rows: [owed], nextPageToken: 'n' } };
    const second = { [`GET ${ours}/jobs/${JOB}/exceptions?pageSize=500&pageToken=n`]: rows(folder) };
    api().answers({ ...world, ...pages, ...second });
    const { out } = await api().run(['job', 'exceptions', JOB!, '--json']);
    const lines = out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([owed, folder]);
  });

  it('are CSV as the server makes it', async () => {
    api().answers({ ...world, [`GET ${ours}/jobs/${JOB}/exceptions.csv?severity=error`]: 'a,b\r\n1,2\r\n' });
    const { out } = await api().run(['job', 'exceptions', JOB!, '--csv', '--severity', 'error']);
    expect(out).toBe('a,b\r\n1,2\r\n');
    const { code, err } = await api().run(['job', 'exceptions', JOB!, '--csv', '--limit', '3']);
    expect([code, err]).toEqual([2, expect.stringContaining('--csv goes without --limit')]);
  });
});
