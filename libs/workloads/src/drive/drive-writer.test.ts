import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { listUsers } from '@holdfast/graph';
import type { ItemRecord } from '@holdfast/vault';
import type { RestoreItem } from '../index.js';
import { DriveReader } from './drive-reader.js';
import { DriveWriter } from './drive-writer.js';
import { DriveCopy } from './testing/drive-copy.suite.js';
import { DriveWorld, never, sha256, vault } from './testing/drive-world.suite.js';

jest.setTimeout(60_000);
let world: DriveWorld;

beforeAll(async () => {
  world = await DriveWorld.start();
});
beforeEach(() => world.renew());
afterAll(() => world.close());

describe('a drive', () => {
  it('is restored below a folder of another drive, with content, names and times, and found again', async () => {
    await world.mutate({ op: 'create-file', path: 'big.bin', content: { form: 'noise', bytes: 23_000_000 } });
    await world.read();
    const writer = new DriveWriter(world.connect(), world.other);
    const made = new Map<string, RestoreItem>();
    for (const [id, record] of world.copy.records) {
      if (record.kind === 'drive-folder') await writer.ensureFolder([{ name: 'Back' }, ...world.copy.way(id)], never);
      if (record.kind !== 'file') continue;
      const folderId = await writer.ensureFolder([{ name: 'Back' }, ...world.copy.way(record.parentId!)], never);
      const item = world.restoreItem(id, folderId);
      expect(await writer.findRestored(item, never)).toBeUndefined();
      const { id: madeId } = await writer.create(item, never);
      expect((await writer.findRestored(item, never))?.id).toBe(madeId);
      made.set(id, item);
    }
    await expect(writer.create([...made.values()][0]!, never)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const there = new Map((await world.dump(world.other)).map((entry) => [entry.key, entry]));
    for (const { key, contentHash, fields, id } of await world.dump()) {
      if (!made.has(id)) continue;
      const twin = there.get(`Back/${key}`);
      expect(twin?.contentHash).toBe(contentHash);
      for (const name of ['name', 'createdDateTime', 'lastModifiedDateTime', 'description'])
        expect(twin?.fields[name]).toEqual(fields[name]);
      if (fields['size'] !== 0) expect(twin?.fields['versions']).toBe(1);
    }
  });

  it('gets its times and description when an earlier try made the file and broke off', async () => {
    await world.mutate({ op: 'create-file', path: 'Hollow.txt', text: '' });
    await world.mutate({ op: 'describe', path: 'Hollow.txt', description: 'Of last year' });
    await world.read();
    const [[id]] = [...world.copy.records].filter(([, { name }]) => name === 'Hollow.txt') as [[string, unknown]];
    const writer = new DriveWriter(world.connect(), world.other);
    const item = world.restoreItem(id, await writer.ensureFolder([{ name: 'Back' }], never));
    await world.control('POST', '/faults', { fault: 'reset', match: { method: 'PATCH' } });
    await expect(writer.create(item, never)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    await world.control('DELETE', '/faults');
    const found = await writer.findRestored(item, never);
    expect(found?.record.properties).toMatchObject({ description: 'Of last year' });
    expect(found?.record.properties['fileSystemInfo']).toEqual(item.record.properties['fileSystemInfo']);
  });

  it.each(['either', 'item', 'sharepoint-ids'])('has its shortcuts made again (target named by %s)', async (form) => {
    await world.control('PATCH', `/tenants/${world.tenantId}/switches`, {
      'drive.shortcuts-need-feature': true,
      'drive.shortcut-target': form,
    });
    const owner = await ownerOfShortcut();
    const from = new DriveCopy();
    await from.run(new DriveReader(world.client, owner));
    const [id, record] = [...from.records].find(([, { kind }]) => kind === 'shortcut')!;
    const writer = new DriveWriter(world.client, world.other);
    const folderId = await writer.ensureFolder([{ name: 'Links' }], never);
    const unread = () => {
      throw new Error('a shortcut has no content');
    };
    const item = (more: Partial<RestoreItem> = {}): RestoreItem => {
      const { name } = record;
      return {
        vault,
        itemId: id,
        record: record,
        folderId,
        name,
        content: unread,
        extra: () => undefined,
        ...more,
      };
    };
    expect(await writer.findRestored(item(), never)).toBeUndefined();
    const made = await writer.create(item(), never);
    expect(made.record).toMatchObject({ kind: 'shortcut', name: record.name, parentId: folderId });
    expect(made.record.properties['remoteItem']).toEqual(record.properties['remoteItem']);
    expect((await writer.findRestored(item(), never))?.id).toBe(made.id);
    await expect(writer.create(item(), never)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const moved = await writer.overwrite(made, item({ name: 'Elsewhere' }), never);
    expect(moved).toMatchObject({ id: made.id, record: { name: 'Elsewhere' } });
    const gone = { ...record.properties, remoteItem: { id: 'nowhere', parentReference: { driveId: 'nowhere' } } };
    const lost = item({ record: { ...(record as ItemRecord), properties: gone }, name: 'Lost' });
    await expect(writer.create(lost, never)).rejects.toMatchObject({
      message: expect.stringContaining('Microsoft answered'),
    });
    await writer.remove(moved, never);
    expect((await world.dump(world.other)).filter(({ key }) => key.startsWith('Links/'))).toEqual([]);
  });

  const ownerOfShortcut = async () => {
    for await (const { id } of listUsers(world.client)) {
      const dump = await world.dump(id).catch(() => []);
      if (dump.some(({ fields }) => fields['kind'] === 'shortcut')) return id;
    }
    throw new Error('nobody has a shortcut');
  };

  it('puts a file back that was edited, renamed and moved, under its own id', async () => {
    await world.read();
    const writer = new DriveWriter(world.client, world.userId);
    const before = await world.dump();
    const [edited, renamed] = before.filter(
      ({ fields, key }) =>
        fields['kind'] === 'file' && fields['malware'] !== true && key.includes('/') && fields['size'] !== 0,
    );
    await world.mutate({ op: 'edit', itemId: edited!.id });
    await world.mutate({ op: 'rename', itemId: renamed!.id, name: 'elsewhere.bin' });
    await world.mutate({ op: 'move', itemId: renamed!.id, to: '' });
    for (const { id } of [edited!, renamed!]) {
      const { parentId } = world.copy.records.get(id)!;
      const now = await writer.findById(id, 'file', never);
      await writer.overwrite(now!, world.restoreItem(id, parentId!), never);
    }
    const after = await world.dump();
    for (const entry of [edited!, renamed!]) {
      expect(after.find(({ id }) => id === entry.id)).toMatchObject({ key: entry.key, contentHash: entry.contentHash });
    }
  });

  it('puts back what a file is described as, and makes no version for it', async () => {
    await world.control('PATCH', `/tenants/${world.tenantId}/switches`, { 'drive.hash-comes-late': false });
    const path = 'described.txt';
    await world.mutate({ op: 'create-file', path, text: 'a' });
    await world.read();
    const [itemId] = [...world.copy.records].find(([, { name }]) => name === path)!;
    await world.mutate({ op: 'describe', itemId, description: 'not his' });
    const writer = new DriveWriter(world.client, world.userId);
    const now = await writer.findById(itemId, 'file', never);
    await writer.overwrite(now!, world.restoreItem(itemId, world.copy.records.get(itemId)!.parentId!), never);
    const after = (await world.dump()).find((entry) => entry.id === itemId);
    expect(after?.fields).toMatchObject({ description: null, versions: 1 });
  });

  it('tells a content that the service has no hash of yet by its own bytes', async () => {
    await world.read();
    const [id, record] = [...world.copy.records].find(([, { kind, bytes }]) => kind === 'file' && bytes > 0)!;
    const unhashed = { ...record, contentTag: `etag:${record.changeTag}`, properties: {} };
    const reading = new DriveReader(world.connect(), world.userId).readContent(id, unhashed, never);
    let end = await reading.next();
    while (end.done !== true) end = await reading.next();
    expect(end.value).toEqual({ bytes: record.bytes, contentTag: record.contentTag });
  });

  it.each([
    { fault: 'reset', bytes: 0, match: { method: 'PATCH' } },
    { fault: 'reset', bytes: 0, match: { method: 'PUT' } },
    { fault: 'malformed-json', match: { method: 'PUT' } },
    { fault: 'expired-url', match: { method: 'PUT' } },
  ])('knows what it has done when the answer is lost, and begins again what was not done (%j)', async (fault) => {
    await world.read();
    const [edited] = (await world.dump()).filter(
      ({ fields }) => fields['kind'] === 'file' && fields['malware'] !== true && fields['size'] !== 0,
    );
    await world.mutate({ op: 'edit', itemId: edited!.id });
    await world.mutate({ op: 'rename', itemId: edited!.id, name: 'elsewhere.bin' });
    const writer = new DriveWriter(world.client, world.userId);
    const now = await writer.findById(edited!.id, 'file', never);
    await world.control('POST', '/faults', { ...fault, times: 1 });
    await writer.overwrite(now!, world.restoreItem(edited!.id, world.copy.records.get(edited!.id)!.parentId!), never);
    await world.control('DELETE', '/faults');
    const after = (await world.dump()).find(({ id }) => id === edited!.id);
    expect(after).toMatchObject({ key: edited!.key, contentHash: edited!.contentHash });
  });

  it('does not write over a file that changed since it was looked at', async () => {
    await world.read();
    const writer = new DriveWriter(world.client, world.userId);
    const file = (await world.dump()).find(({ fields }) => fields['kind'] === 'file' && fields['malware'] !== true)!;
    const seen = await writer.findById(file.id, 'file', never);
    await world.mutate({ op: 'edit', itemId: file.id });
    const target = world.restoreItem(file.id, world.copy.records.get(file.id)!.parentId!);
    const stale = { ...seen!, record: { ...seen!.record, contentTag: 'another' } };
    await expect(writer.overwrite(stale, target, never)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(writer.remove(seen!, never)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it.each([false, true])('finishes uploads through a bad network, once each (hashes late: %s)', async (isLate) => {
    await world.control('PATCH', `/tenants/${world.tenantId}/switches`, { 'drive.hash-comes-late': isLate });
    await world.read();
    const writer = new DriveWriter(world.connect(), world.other);
    await world.control('POST', '/faults', [
      { fault: 'reset', bytes: 5, probability: 0.2, match: { path: 'upload' } },
      { fault: 'reset', probability: 0.1, match: { path: 'upload' } },
      { fault: '503', retryAfterSeconds: 0, probability: 0.1 },
    ]);
    const folderId = await writer.ensureFolder([{ name: 'Once' }], never);
    const ids = [...world.copy.contents.keys()].slice(0, 12);
    for (const [index, id] of ids.entries())
      await writer.create({ ...world.restoreItem(id, folderId), name: `file ${index}.bin` }, never);
    await world.control('DELETE', '/faults');
    const there = (await world.dump(world.other)).filter(({ key }) => key.startsWith('Once/'));
    expect(there.map(({ contentHash }) => contentHash).sort()).toEqual(
      ids.map((id) => sha256(world.copy.contents.get(id)!)).sort(),
    );
  });
});
