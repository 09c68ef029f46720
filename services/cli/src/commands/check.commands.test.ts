import type { AffectedItemView, FindingView } from '@holdfast/contracts/api';
import { describe, expect, it } from '@jest/globals';
import { JOB, job, NOW, ours, PLACE, rows, SET, SNAPSHOT, useFakeApi, VAULT, world } from '../api-world.suite.js';

const api = useFakeApi();
const checks = `POST ${ours}/vaults/${VAULT}/checks`;
const checkJob = { ...job, kind: 'check' };

const lost: FindingView = {
  object: `packs/ab/${'ab'.repeat(32)}`,
  destinationId: PLACE!,
  damage: 'altered',
  state: 'quarantined',
  bytes: 2_048,
  jobId: JOB!,
  foundAtMs: NOW,
  snapshots: [{ backupSetId: SET!, resourceId: 'mail.u1', snapshotId: SNAPSHOT, number: 4 }],
};

describe('a check of a vault', () => {
  it.each([
    [[], { mode: 'quick' }],
    [['--deep'], { mode: 'deep' }],
    [['--sample', '30'], { mode: 'sample', days: 30 }],
    [['--deep', '--destination', 'Here'], { mode: 'deep', destinationId: PLACE }],
  ])('is started with %j', async (options, terms) => {
    const place = {
      destinationId: PLACE,
      displayName: 'Here',
      kind: 'folder',
      settings: { kind: 'folder', path: '/b' },
    };
    const destinations = rows({ ...place, createdAtMs: NOW, version: 1 });
    api().answers({ ...world, [`GET ${ours}/destinations`]: destinations, [checks]: checkJob });
    const { code, out } = await api().run(['vault', 'check', VAULT!, ...options]);
    expect([code, api().sent(checks)]).toEqual([0, terms]);
    expect(out).toContain(`holdfast vault findings ${VAULT!}`);
  });

  it('is one of quick, deep and sample', async () => {
    api().answers(world);
    const { code, err } = await api().run(['vault', 'check', VAULT!, '--deep', '--quick']);
    expect([code, err]).toEqual([2, expect.stringContaining('Give one of')]);
  });

  it('is known by a set of the vault, or by the only one', async () => {
    api().answers({ ...world, [checks]: checkJob });
    expect((await api().run(['vault', 'check', SET!])).code).toBe(0);
    expect((await api().run(['vault', 'check'])).code).toBe(0);
  });
});

describe('findings', () => {
  it('are a table that names the snapshots of what is lost', async () => {
    api().answers({ ...world, [`GET ${ours}/vaults/${VAULT!}/findings?pageSize=1000`]: rows(lost) });
    const { code, out } = await api().run(['vault', 'findings', VAULT!]);
    expect(code).toBe(0);
    expect(out).toMatch(/altered +2.0 KiB +quarantined +mail\.u1 #4/);
  });

  it('name the items of lost packs with their snapshots and what becomes of them', async () => {
    const since = { snapshotId: SNAPSHOT, number: 4, jobStartedAtMs: NOW };
    const item = {
      backupSetId: SET!,
      resourceId: 'mail.u1',
      itemId: 'AAMk=',
      kind: 'message',
      path: ['Inbox', 'Budget'],
    };
    const due: AffectedItemView = { ...item, since, state: 'due' };
    const past: AffectedItemView = { ...item, since, until: { number: 6, jobStartedAtMs: NOW }, state: 'past' };
    api().answers({ ...world, [`GET ${ours}/vaults/${VAULT!}/affected-items?pageSize=200`]: rows(due, past) });
    const { code, out } = await api().run(['vault', 'findings', VAULT!, '--items']);
    expect(code).toBe(0);
    expect(out).toMatch(/mail\.u1 +message +from #4 on .*the next backup reads it anew +Inbox \/ Budget +AAMk=/);
    expect(out).toMatch(/#4 to #6 .*of the past/);
  });
});
