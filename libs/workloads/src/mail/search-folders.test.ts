import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ItemRecord } from '@holdfast/vault';
import type { RestoreItem } from '../index.js';
import { MailReader } from './mail-reader.js';
import { MailWriter } from './mail-writer.js';
import { MailWorld, never, vault } from './testing/mail-world.suite.js';

jest.setTimeout(60_000);
let world: MailWorld;

beforeAll(async () => {
  world = await MailWorld.start();
});
beforeEach(() => world.renew());
afterAll(() => world.close());

describe('the saved searches of a mailbox', () => {
  const fields = {
    '@odata.type': '#microsoft.graph.mailSearchFolder',
    displayName: 'To do',
    filterQuery: 'isRead eq false',
  };
  const make = async (more: object = {}, parent = 'msgfolderroot') => {
    const source = await world.makeFolder('msgfolderroot', { displayName: 'Plans' });
    const sourceFolderIds = [source, 'inbox'];
    const id = await world.makeFolder(parent, { ...fields, sourceFolderIds, includeNestedFolders: true, ...more });
    return { id, source };
  };
  const unread = () => {
    throw new Error('it has none');
  };

  it('are kept with what they look for, and hold no messages', async () => {
    const { id, source } = await make();
    await world.read();
    const { kind, name, properties } = world.copy.folders.get(id)!;
    expect({ kind, name }).toEqual({ kind: 'search-folder', name: 'To do' });
    expect(properties).toMatchObject({
      filterQuery: 'isRead eq false',
      includeNestedFolders: true,
      isSupported: true,
    });
    expect(properties['sourceFolderIds']).toContain(source);
    expect((await world.reader.counts(never)).map(({ parentId }) => parentId)).not.toContain(id);
  });

  it('are followed through new names, other criteria and their end', async () => {
    const { id } = await make();
    await world.read();
    await world.mutate({
      op: 'rename-folder',
      folder: id,
      fields: { displayName: 'Later', filterQuery: 'isRead eq true' },
    });
    await world.read();
    expect(world.copy.folders.get(id)).toMatchObject({ name: 'Later', properties: { filterQuery: 'isRead eq true' } });
    await world.mutate({ op: 'delete-folder', folder: id, isPermanent: true });
    await world.read();
    expect(world.copy.folders.has(id)).toBe(false);
  });

  it('are made again, found again, changed back and removed', async () => {
    const { id, source } = await make();
    await world.read();
    const saved = world.copy.folders.get(id)! as ItemRecord;
    const writer = new MailWriter(world.client, world.userId);
    const folderId = await writer.ensureFolder([], never);
    const record = { ...saved, properties: { ...saved.properties, sourceFolderIds: [source] } };
    const item = (name: string): RestoreItem => {
      return { vault, itemId: id, record, folderId, name, content: unread, extra: () => undefined };
    };
    const made = await writer.create(item('Again'), never);
    expect(made.record).toMatchObject({ kind: 'search-folder', parentId: folderId, name: 'Again' });
    expect((await writer.findRestored(item('Again'), never))?.id).toBe(made.id);
    await expect(writer.create(item('Again'), never)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await world.mutate({
      op: 'rename-folder',
      folder: made.id,
      fields: { displayName: 'Other', filterQuery: 'isRead eq true' },
    });
    expect(await writer.findRestored(item('Again'), never)).toBeUndefined();
    const live = await writer.findById(made.id, 'search-folder', never);
    const changed = await writer.overwrite(live!, item('Again'), never);
    expect(changed.record).toMatchObject({ name: 'Again', properties: { filterQuery: 'isRead eq false' } });
    await writer.remove(changed, never);
    expect(await writer.findByName({ kind: 'search-folder', folderId, name: 'Again' }, never)).toBeUndefined();
  });

  it('are made once when the answer to their creation is lost', async () => {
    const { id } = await make();
    await world.read();
    const saved = world.copy.folders.get(id)! as ItemRecord;
    const writer = new MailWriter(world.client, world.other);
    const folderId = await writer.ensureFolder([], never);
    const record = { ...saved, properties: { ...saved.properties, sourceFolderIds: [folderId] } };
    await world.control('POST', '/faults', {
      fault: 'reset',
      bytes: 10,
      times: 1,
      match: { method: 'POST', path: 'childFolders$' },
    });
    await writer.create(
      { vault, itemId: id, record, folderId, name: 'Once', content: unread, extra: () => undefined },
      never,
    );
    const there = (await world.dump(world.other)).filter(({ fields: { displayName } }) => displayName === 'Once');
    expect(there).toHaveLength(1);
  });

  describe('where Outlook shows them', () => {
    const shown = async (userId = world.userId) =>
      (await world.dump(userId)).filter(({ key, fields: { search } }) => search != null && key.startsWith('Finder/'));

    it('are kept below the folder that no client shows, though no listing has them', async () => {
      const { id } = await make({}, 'searchfolders');
      await world.read();
      const { folders } = world.copy;
      const root = [...folders].find(([, record]) => record.properties['wellKnownName'] === 'searchfolders');
      expect(root?.[1]).toMatchObject({ kind: 'mail-folder', name: 'Finder', properties: { isHidden: true } });
      expect(folders.get(id)).toMatchObject({ kind: 'search-folder', parentId: root?.[0], name: 'To do' });
      for (const entry of await shown()) expect(folders.get(entry.id)?.parentId).toBe(root?.[0]);
      expect((await shown()).length).toBeGreaterThan(1);
      expect((await world.reader.counts(never)).map(({ parentId }) => parentId)).not.toContain(root?.[0]);
    });

    it('cost a request a mailbox, and are followed to their end', async () => {
      const { id } = await make({}, 'searchfolders');
      await world.read();
      const again = world.connect();
      await world.copy.run(new MailReader(again, world.userId));
      const listings = again.counters.totals().requests;
      const holdMessages = (await world.reader.counts(never)).length + 1;
      expect(listings - holdMessages).toBeLessThanOrEqual(2);
      const change = { displayName: 'Later', filterQuery: 'isRead eq true' };
      await world.mutate({ op: 'rename-folder', folder: id, fields: change });
      await world.read();
      expect(world.copy.folders.get(id)).toMatchObject({
        name: 'Later',
        properties: { filterQuery: 'isRead eq true' },
      });
      await world.mutate({ op: 'delete-folder', folder: id, isPermanent: true });
      await world.read();
      expect(world.copy.folders.has(id)).toBe(false);
    });

    it('are followed through a life of changes', async () => {
      for (let week = 0; week < 3; week += 1) {
        await world.live(150, 70 + week);
        await world.read();
        const kept = [...world.copy.folders].filter(([, { kind }]) => kind === 'search-folder');
        const there = (await world.dump()).filter(({ fields: { search } }) => search != null);
        expect(kept.map(([id]) => id).sort()).toEqual(there.map(({ id }) => id).sort());
        for (const { id, fields: is } of there) {
          const { filterQuery } = is['search'] as { filterQuery: string };
          expect(world.copy.folders.get(id)).toMatchObject({ name: is['displayName'], properties: { filterQuery } });
        }
      }
    });

    it('come back there in any mailbox', async () => {
      const { id } = await make({ displayName: 'Elsewhere' }, 'searchfolders');
      await world.read();
      const saved = world.copy.folders.get(id)! as ItemRecord;
      const writer = new MailWriter(world.client, world.other);
      const folderId = await writer.ensureFolder(world.way(saved.parentId!), never);
      const inbox = await writer.ensureFolder([], never);
      const record = { ...saved, properties: { ...saved.properties, sourceFolderIds: [inbox] } };
      const item = { vault, itemId: id, record, folderId, name: saved.name, content: unread, extra: () => undefined };
      await writer.create(item, never);
      expect((await shown(world.other)).map(({ key }) => key)).toContain('Finder/Elsewhere');
    });

    it('may stand in folders of their own', async () => {
      const parent = await world.makeFolder('searchfolders', { displayName: 'Group' });
      const { id } = await make({}, parent);
      await world.read();
      expect(world.copy.folders.get(id)?.parentId).toBe(parent);
      const writer = new MailWriter(world.client, world.userId);
      expect(await writer.findFolder(world.way(parent), never)).toBe(parent);
    });
  });
});
