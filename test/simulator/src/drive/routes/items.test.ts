import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DriveItem, Permission } from '@microsoft/microsoft-graph-types';
import { driveWorkload } from '../drive-workload.js';
import { TenantUnderTest } from '../testing/tenant-under-test.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

let test: TenantUnderTest;
let base: string;
beforeEach(() => {
  test = new TenantUnderTest(20);
  base = `/drives/${test.drive.id}`;
});

const mutate = (op: object) => driveWorkload.mutate(test.tenant, { user: test.ada.id, ...op });
const named = (json: Record<string, unknown>) => (json.value as DriveItem[]).map(({ name }) => name);

describe('drives', () => {
  it('are found by user and by id, and are one', async () => {
    const { json } = await test.get(`/users/${test.ada.userPrincipalName}/drive`);
    expect(json).toMatchObject({ id: test.drive.id, driveType: 'business', owner: { user: { id: test.ada.id } } });
    expect((await test.get(`/users/${test.ada.id}/drives`)).json.value).toEqual([
      expect.objectContaining({ id: json.id }),
    ]);
    expect((await test.get(`${base}?$select=id,quota`)).json).toMatchObject({
      id: json.id,
      quota: { state: 'normal' },
    });
  });

  it('are missing for users without one', async () => {
    test.ada.hasDrive = false;
    for (const path of [
      `/users/${test.ada.id}/drive`,
      `/users/${test.ada.id}/drive/root/children`,
      '/drives/nothing/root',
    ]) {
      expect(await test.get(path)).toMatchObject({ status: 404, json: { code: 'itemNotFound' } });
    }
  });
});

describe('items', () => {
  it('have one address by id and many by path', async () => {
    await mutate({ op: 'create-file', path: 'level 1/level 2/häß & #1.txt', text: 'x' });
    const name = encodeURIComponent('häß & #1.txt');
    const { json } = await test.get(`${base}/root:/level%201/level%202/${name}`);
    const level = (await test.get(`${base}/root:/LEVEL%201:/`)).json as DriveItem;
    for (const address of [
      `/items/${String(json.id)}`,
      `/items/${level.id}:/level%202/${name}`,
      `/root:/level%201/level%202/${name}:`,
    ]) {
      expect((await test.get(`${base}${address}?$select=id`)).json.id).toBe(json.id);
    }
    expect(json).toMatchObject({
      name: 'häß & #1.txt',
      parentReference: { driveId: test.drive.id, path: `/drives/${test.drive.id}/root:/level%201/level%202` },
      file: { mimeType: 'text/plain' },
    });
    expect(await test.get(`${base}/root:/nothing`)).toMatchObject({ status: 404, json: { code: 'itemNotFound' } });
  });

  it('page through children with $top, in order, and refuse what cannot be sorted or selected', async () => {
    const all = named((await test.get(`${base}/root/children`)).json);
    const paged: unknown[] = [];
    let link = `${base}/root/children?$top=4&$select=name,id`;
    for (let pages = 0; link !== 'undefined'; pages++) {
      const { json } = await test.get(link);
      for (const item of json.value as DriveItem[]) expect(Object.keys(item).sort()).toEqual(['id', 'name']);
      paged.push(...named(json));
      link = String(json['@odata.nextLink']);
      expect(pages).toBeLessThan(20);
    }
    expect(paged).toEqual(all);
    expect(named((await test.get(`${base}/root/children?$orderby=name desc`)).json)).toEqual(all.toReversed());
    expect((await test.get(`${base}/root/children?$orderby=size`)).status).toBe(400);
    expect((await test.get(`${base}/root/children?$select=nonsense`)).status).toBe(400);
    expect((await test.get(`${base}/root?$expand=listItem`)).status).toBe(400);
  });

  it('show what is special about them', async () => {
    const item = async (name: string) => (await test.get(`${base}/root:/${encodeURIComponent(name)}`)).json;
    expect(await item('Notebook')).toMatchObject({ package: { type: 'oneNote' } });
    expect(await item('Notebook')).not.toHaveProperty('folder');
    expect(await item('eicar-like.bin')).toMatchObject({ malware: { description: expect.any(String) } });
    expect(await item('Documents')).toMatchObject({ specialFolder: { name: 'documents' }, folder: {} });
    expect(await item('shared letter.docx')).toMatchObject({ shared: { scope: 'organization' } });
    const { json } = await test.get(`/users/${test.ben.id}/drive/root/children`);
    const shortcut = (json.value as DriveItem[]).find(({ remoteItem }) => remoteItem)?.remoteItem;
    expect(shortcut).toMatchObject({ id: test.drive.root.id, parentReference: { driveId: test.drive.id } });
  });

  it('change the eTag with anything and the cTag with content only; folders have no cTag', async () => {
    const read = async () => (await test.get(`${base}/root:/.gitignore`)).json as DriveItem;
    const first = await read();
    await test.call('PATCH', `${base}/items/${first.id}`, { json: { description: 'told' } });
    const described = await read();
    expect([described.eTag === first.eTag, described.cTag === first.cTag]).toEqual([false, true]);
    await mutate({ op: 'edit', path: '.gitignore', text: 'other' });
    expect((await read()).cTag).not.toBe(first.cTag);
    expect((await test.get(`${base}/root:/Documents`)).json).not.toHaveProperty('cTag');
  });
});

describe('changes of items', () => {
  const folder = (name: string, more: object = {}, parent = 'root') =>
    test.call('POST', `${base}/items/${parent}/children`, { json: { name, folder: {}, ...more } });

  it('make folders, and do what is asked when the name is taken', async () => {
    const made = await folder('New', {
      fileSystemInfo: { createdDateTime: '2001-02-03T04:05:06Z' },
      description: 'mine',
    });
    expect(made).toMatchObject({ status: 201, json: { folder: { childCount: 0 }, description: 'mine' } });
    expect(made.json.fileSystemInfo).toMatchObject({ createdDateTime: '2001-02-03T04:05:06Z' });
    expect(await folder('NEW')).toMatchObject({ status: 409, json: { code: 'nameAlreadyExists' } });
    const renamed = await folder('new', { '@microsoft.graph.conflictBehavior': 'rename' });
    expect(renamed).toMatchObject({ status: 201, json: { name: 'new 1' } });
    expect((await folder('new', { '@microsoft.graph.conflictBehavior': 'replace' })).json.id).toBe(made.json.id);
  });

  it('make shortcuts as clients do, and list them for those who ask', async () => {
    const base = `/users/${test.ben.id}/drive`;
    const listed = async (headers = {}) =>
      ((await test.get(`${base}/root/children`, headers)).json.value as DriveItem[]).filter(
        ({ remoteItem }) => remoteItem,
      );
    const prefer = { prefer: 'Include-Feature=AddToOneDrive' };
    test.tenant.switches.set('drive.shortcuts-need-feature', true);
    expect(await listed()).toEqual([]);
    const [known] = await listed(prefer);
    const { id, parentReference, sharepointIds } = known!.remoteItem!;
    const make = (name: string, remoteItem: object) =>
      test.call('POST', `${base}/root/children`, { json: { name, remoteItem } });
    const byIds = { sharepointIds: { ...sharepointIds, listItemUniqueId: 'root' } };
    const byItem = { id, parentReference: { driveId: parentReference!.driveId } };
    for (const [form, remoteItem] of Object.entries({ byIds, byItem })) {
      const made = await make(form, remoteItem);
      expect(made).toMatchObject({ status: 201, json: { name: form, remoteItem: { id, sharepointIds } } });
    }
    expect(await make('byItem', byItem)).toMatchObject({ status: 409, json: { code: 'nameAlreadyExists' } });
    expect(await make('lost', { ...byItem, id: 'nowhere' })).toMatchObject({ status: 404 });
    expect(await make('short', { sharepointIds: { listId: 'x' } })).toMatchObject({ status: 400 });
    test.tenant.switches.set('drive.shortcut-target', 'item');
    expect(await make('other', byIds)).toMatchObject({ status: 400, json: { code: 'invalidRequest' } });
    expect(await listed(prefer)).toHaveLength(3);
  });

  it.each(['a:b', 'a*', 'con', 'Desktop.ini', '~$x.docx', 'a_vti_b', ' a', 'a ', 'a.', 'forms', 'x'.repeat(256), ''])(
    'refuse the name %j',
    async (name) => {
      expect(await folder(name)).toMatchObject({ status: 400, json: { code: 'invalidRequest' } });
    },
  );

  it('refuse paths beyond 400 characters, by creation, move and rename', async () => {
    const first = await folder('a'.repeat(250));
    const second = await folder('b'.repeat(140), {}, String(first.json.id));
    expect(second.status).toBe(201);
    expect(await folder('c'.repeat(9), {}, String(second.json.id))).toMatchObject({
      status: 400,
      json: { code: 'pathIsTooLong' },
    });
    const longer = await test.call('PATCH', `${base}/items/${String(first.json.id)}`, {
      json: { name: 'a'.repeat(255) },
    });
    expect(longer.status).toBe(200);
    const tooLong = await folder('outer'.repeat(3));
    const move = { parentReference: { id: tooLong.json.id } };
    expect((await test.call('PATCH', `${base}/items/${String(first.json.id)}`, { json: move })).status).toBe(400);
  });

  it('rename, move and date items, guarded by If-Match', async () => {
    const { json } = await test.get(`${base}/root:/.gitignore`);
    const target = (await test.get(`${base}/root:/Documents`)).json;
    const url = `${base}/items/${String(json.id)}`;
    const info = { createdDateTime: '1999-01-01T00:00:00Z', lastModifiedDateTime: '2000-01-01T00:00:00.9Z' };
    const body = { name: 'renamed.txt', parentReference: { id: target.id }, fileSystemInfo: info };
    const stale = await test.call('PATCH', url, { json: body, headers: { 'If-Match': '"{stale},1"' } });
    expect(stale).toMatchObject({ status: 412 });
    const done = await test.call('PATCH', url, { json: body, headers: { 'If-Match': String(json.eTag) } });
    expect(done.json).toMatchObject({
      name: 'renamed.txt',
      parentReference: { id: target.id },
      fileSystemInfo: { createdDateTime: '1999-01-01T00:00:00Z', lastModifiedDateTime: '2000-01-01T00:00:00Z' },
    });
    // Setting the times adds a version (rclone's manual).
    expect((await test.get(`${url}/versions`)).json.value).toHaveLength(2);
    const below = { json: { parentReference: { id: target.id } } };
    expect((await test.call('PATCH', `${base}/items/${String(target.id)}`, below)).status).toBe(400);
  });

  it('delete, but neither the root nor what is checked out', async () => {
    const id = String((await test.get(`${base}/root:/level%201`)).json.id);
    expect((await test.call('DELETE', `${base}/items/${id}`)).status).toBe(204);
    expect((await test.get(`${base}/items/${id}`)).status).toBe(404);
    expect((await test.call('DELETE', `${base}/root`)).status).toBe(403);
    const locked = await test.call('DELETE', `${base}/root:/checked%20out.docx`);
    expect(locked).toMatchObject({ status: 423, json: { code: 'resourceLocked' } });
    const patched = await test.call('PATCH', `${base}/root:/checked%20out.docx`, { json: { name: 'x' } });
    expect(patched.status).toBe(423);
  });

  it('copy folders with what they hold, behind a monitor', async () => {
    const before = (await test.get(`${base}/root:/level%201`)).json;
    const started = await test.call('POST', `${base}/items/${String(before.id)}/copy`, { json: { name: 'copy' } });
    expect(started.status).toBe(202);
    const { json } = await test.get(started.headers.Location ?? '');
    expect(json).toMatchObject({ status: 'completed' });
    expect(String((await test.get(`${base}/items/${String(json.resourceId)}`)).json.size)).toBe(String(before.size));
  });
});

describe('permissions', () => {
  it('are listed, granted, linked and taken away, for five units each', async () => {
    const url = `${base}/root:/.gitignore:`;
    const body = { recipients: [{ email: test.ben.mail }], roles: ['write'], sendInvitation: false };
    const invited = await test.call('POST', `${url}/invite`, { json: body });
    expect(invited).toMatchObject({ status: 200, units: 5 });
    const link = { json: { type: 'view', scope: 'organization' } };
    const made = await test.call('POST', `${url}/createLink`, link);
    expect(made.status).toBe(201);
    expect(await test.call('POST', `${url}/createLink`, link)).toMatchObject({
      status: 200,
      json: { id: made.json.id },
    });
    const listed = (await test.get(`${url}/permissions`)).json.value as Permission[];
    expect(listed.map(({ roles }) => roles)).toEqual([['write'], ['read'], ['owner']]);
    expect((await test.call('DELETE', `${url}/permissions/${String(made.json.id)}`)).status).toBe(204);
    expect((await test.get(`${base}/root:/.gitignore?$expand=permissions`)).units).toBe(5);
    const nobody = { recipients: [{ email: 'nobody@nowhere' }], roles: ['read'] };
    expect((await test.call('POST', `${url}/invite`, { json: nobody })).json.code).toBe('noResolvedUsers');
  });
});
