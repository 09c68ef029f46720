import { describe, expect, it, jest } from '@jest/globals';
import { Rng } from '../../core/rng.js';
import { driveWorkload } from '../drive-workload.js';
import { DeltaReader, modelTree } from '../testing/fold-delta.js';
import { TenantUnderTest } from '../testing/tenant-under-test.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

const SWITCHES = [
  {},
  { 'drive.delta-link-form': 'function' },
  { 'drive.delta-lists-deleted-descendants': false },
  { 'drive.delta-repeats-items': true, 'drive.deleted-bears-facet': false },
  {
    'drive.delta-repeats-items': true,
    'drive.delta-lists-deleted-descendants': false,
    'drive.delta-link-form': 'function',
  },
];

describe('root/delta', () => {
  it.each(SWITCHES.flatMap((switches) => ['one', 'two', 'three'].map((seed) => ({ switches, seed }))))(
    'gives the model when its rounds are folded, the drive changing between and during them: $seed $switches',
    async ({ switches, seed }) => {
      const test = new TenantUnderTest(60, seed);
      for (const [name, value] of Object.entries(switches)) test.tenant.switches.set(name, value);
      const rng = new Rng(seed).derive('life');
      const live = (times: number) => {
        for (let i = 0; i < times; i++) driveWorkload.live(test.tenant, test.ada, rng);
      };
      const reader = new DeltaReader(test, '$top=13');
      for (let round = 0; round < 6; round++) {
        await reader.round(() => live(rng.int(0, 3)));
        await reader.round();
        expect(reader.tree()).toEqual(await modelTree(test, test.drive));
        live(rng.int(0, 60));
      }
    },
  );

  it('tells nothing when nothing happened, and costs two units from nothing but one with a token', async () => {
    const test = new TenantUnderTest();
    const first = await test.get(`/drives/${test.drive.id}/root/delta?$top=1000`);
    expect(first.units).toBe(2);
    const again = await test.get(String(first.json['@odata.deltaLink']));
    expect(again.json.value).toEqual([]);
    expect(again.units).toBe(1);
  });

  it('starts at the present with token=latest and at an instant with a time', async () => {
    const test = new TenantUnderTest();
    const latest = await test.get(`/drives/${test.drive.id}/root/delta?token=latest`);
    expect(latest.json.value).toEqual([]);
    test.clock.advance(60_000);
    const since = new Date(test.clock.now()).toISOString();
    await driveWorkload.mutate(test.tenant, { user: test.ada.id, op: 'create-file', path: 'late.txt', text: 'x' });
    for (const link of [
      String(latest.json['@odata.deltaLink']),
      `/drives/${test.drive.id}/root/delta?token=${encodeURIComponent(since)}`,
    ]) {
      const { json } = await test.get(link, { deltaExcludeParent: 'true' });
      expect((json.value as { name: string }[]).map(({ name }) => name)).toEqual(['late.txt']);
    }
  });

  it('shows no path and no cTag, and of a deleted item no name', async () => {
    const test = new TenantUnderTest();
    const reader = new DeltaReader(test);
    await reader.round();
    for (const item of reader.items.values())
      expect([item.cTag, item.parentReference?.path]).toEqual([undefined, undefined]);
    const { json } = await test.get(`/drives/${test.drive.id}/root/delta?token=latest`);
    await driveWorkload.mutate(test.tenant, { user: test.ada.id, op: 'delete', path: 'Empty folder' });
    const gone = await test.get(String(json['@odata.deltaLink']));
    expect(gone.json.value).toEqual([expect.objectContaining({ deleted: { state: 'deleted' } })]);
    expect(gone.json.value).toEqual([
      expect.not.objectContaining({ name: expect.anything(), cTag: expect.anything() }),
    ]);
  });

  it('lists the folders above a change unless deltaExcludeParent is sent', async () => {
    const test = new TenantUnderTest();
    const { json } = await test.get(`/drives/${test.drive.id}/root/delta?token=latest`);
    const link = String(json['@odata.deltaLink']);
    await driveWorkload.mutate(test.tenant, {
      user: test.ada.id,
      op: 'create-file',
      path: 'level 1/level 2/new.txt',
      text: 'x',
    });
    const names = (body: Record<string, unknown>) => (body.value as { name: string }[]).map(({ name }) => name);
    expect(names((await test.get(link)).json)).toEqual(['root', 'level 1', 'level 2', 'new.txt']);
    expect(names((await test.get(link, { deltaExcludeParent: 'true' })).json)).toEqual(['new.txt']);
  });

  it.each(['resyncChangesApplyDifferences', 'resyncChangesUploadDifferences'])(
    'answers a lost token with 410 %s and where to start again',
    async (code) => {
      const test = new TenantUnderTest();
      test.tenant.switches.set('drive.resync-code', code);
      const reader = new DeltaReader(test, '$top=1000');
      const { json } = await test.get(`/drives/${test.drive.id}/root/delta?token=latest`);
      await driveWorkload.mutate(test.tenant, { user: test.ada.id, op: 'lose-delta-tokens' });
      const lost = await test.get(String(json['@odata.deltaLink']));
      expect([lost.status, lost.json.code]).toEqual([410, code]);
      expect(lost.headers.Location).toBe(`https://graph.test/v1.0/drives/${test.drive.id}/root/delta`);
      await reader.round();
      expect(reader.tree()).toEqual(await modelTree(test, test.drive));
    },
  );

  it('forgets tokens that are too old, foreign or made up', async () => {
    const test = new TenantUnderTest();
    const { json } = await test.get(`/users/${test.ben.id}/drive/root/delta?token=latest`);
    const foreign = /token=([^&]+)/.exec(String(json['@odata.deltaLink']))?.[1];
    for (const token of [foreign, 'nonsense']) {
      expect((await test.get(`/drives/${test.drive.id}/root/delta?token=${token}`)).status).toBe(410);
    }
    const own = await test.get(`/drives/${test.drive.id}/root/delta?token=latest`);
    test.clock.advance(400 * 86_400_000);
    expect((await test.get(String(own.json['@odata.deltaLink']))).status).toBe(410);
  });

  it('acts out lost moves and duplicates when the fault script asks for them', async () => {
    const test = new TenantUnderTest();
    const { json } = await test.get(`/drives/${test.drive.id}/root/delta?token=latest`);
    await driveWorkload.mutate(test.tenant, { user: test.ada.id, op: 'move', path: '.gitignore', to: 'Documents' });
    const link = String(json['@odata.deltaLink']);
    const headers = { deltaExcludeParent: 'true' };
    test.faults.push('delta-missed-move');
    const { value: all } = (await test.get(`/drives/${test.drive.id}/root/delta`)).json;
    expect(all).toContainEqual(expect.objectContaining({ name: '.gitignore' }));
    expect((await test.get(link, headers)).json.value).toEqual([]);
    test.faults.splice(0, 1, 'delta-duplicates');
    expect((await test.get(link, headers)).json.value).toHaveLength(2);
  });

  it('leaves out a file or a folder when the fault script asks for it', async () => {
    const test = new TenantUnderTest();
    const start = `/users/${test.ada.id}/drive/root/delta`;
    const ids = async () => ((await test.get(start)).json['value'] as { id: string }[]).map(({ id }) => id);
    const told = await ids();
    test.faults.push('delta-missing-item');
    expect(await ids()).toEqual(told.slice(0, -1));
  });

  it('tells a page again, or in another order, when the fault script asks for it', async () => {
    const test = new TenantUnderTest();
    const start = `/users/${test.ada.id}/drive/root/delta`;
    const ids = ({ json }: { json: Record<string, unknown> }) =>
      (json['value'] as { id: string }[]).map(({ id }) => id);
    const told = ids(await test.get(start));
    test.faults.push('delta-replayed');
    const first = await test.get(start);
    expect(ids(first)).toEqual(told);
    test.faults.splice(0, 1, 'delta-reordered');
    const again = await test.get(String(first.json['@odata.nextLink']));
    expect(new Set(ids(again))).toEqual(new Set(told));
    expect(ids(again)[0]).toBe(told.at(-1));
    expect(again.json['@odata.deltaLink']).toBeDefined();
  });
});
