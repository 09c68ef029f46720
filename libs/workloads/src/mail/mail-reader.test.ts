import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DumpEntry } from '@holdfast/simulator';
import { z } from 'zod';
import { listAfresh } from '../list-afresh.js';
import type { SourceRecord } from '../reader.port.js';
import { MailReader } from './mail-reader.js';
import type { MailboxCopy } from './testing/mailbox-copy.suite.js';
import { MailWorld, messagesIn, never, sha256 } from './testing/mail-world.suite.js';

jest.setTimeout(60_000);
let world: MailWorld;

beforeAll(async () => {
  world = await MailWorld.start();
});
beforeEach(() => world.renew());
afterAll(() => world.close());

/** How the copy differs from the mailbox, in words; empty when it does not. */
function differences(copy: MailboxCopy, dump: DumpEntry[]): string[] {
  const entries = messagesIn(dump);
  const gone = [...world.copy.kept.keys()].filter((id) => !entries.some((entry) => entry.id === id));
  const words = gone.map((id) => `${id} is gone from the mailbox`);
  for (const { id, key, fields } of entries) {
    const kept = copy.kept.get(id);
    if (kept === undefined) {
      words.push(`${key} is missing`);
      continue;
    }
    const { properties } = kept.record;
    if (fields['mimeSha256'] !== null && sha256(kept.mime) !== fields['mimeSha256'])
      words.push(`${key} has another MIME`);
    if (sha256(kept.extras.get('body')!) !== fields['bodySha256']) words.push(`${key} has another body`);
    if (kept.record.parentId !== fields['folderId']) words.push(`${key} lies elsewhere`);
    if (kept.record.name !== fields['subject']) words.push(`${key} has another subject`);
    for (const name of ['isRead', 'isDraft', 'flag', 'categories', 'importance', 'receivedDateTime', 'toRecipients']) {
      if (JSON.stringify(properties[name]) !== JSON.stringify(fields[name])) words.push(`${key} has another ${name}`);
    }
  }
  return words;
}

describe('a mailbox', () => {
  it('is read whole, bit for bit, for little more than a request a message', async () => {
    await world.read();
    const dump = await world.dump();
    expect(differences(world.copy, dump)).toEqual([]);
    const folders = dump.filter((entry) => entry.kind === 'folder');
    for (const folder of folders) expect(world.copy.folders.has(folder.id)).toBe(true);
    const messages = messagesIn(dump).length;
    expect(world.client.counters.totals().requests).toBeLessThanOrEqual(messages * 1.05 + folders.length + 20);
  });

  it('costs a request a folder and a constant when nothing changed', async () => {
    await world.read();
    const again = world.connect();
    world.copy.contentsRead = 0;
    await world.copy.run(new MailReader(again, world.userId));
    expect(world.copy.contentsRead).toBe(0);
    expect(again.counters.totals().requests).toBeLessThanOrEqual(world.copy.folders.size);
  });

  it('reads no content for a change of read state, flag, category or folder', async () => {
    await world.switch({ 'mail.message-size-tag': true });
    await world.read();
    world.copy.contentsRead = 0;
    const [first, second, third] = messagesIn(await world.dump()).filter(({ fields }) => fields['isDraft'] === false);
    await world.mutate({ op: 'update', message: first!.id, fields: { isRead: first!.fields['isRead'] === false } });
    await world.mutate({
      op: 'update',
      message: second!.id,
      fields: { categories: ['Blue category'], flag: { flagStatus: 'flagged' } },
    });
    await world.mutate({ op: 'move', message: third!.id, folder: 'archive' });
    await world.read();
    expect(world.copy.contentsRead).toBe(0);
    expect(differences(world.copy, await world.dump())).toEqual([]);
  });

  it('is listed afresh with what it lost: folders, searches and messages that went', async () => {
    await world.read();
    const made = await world.mutate({
      op: 'create-folder',
      parent: 'inbox',
      fields: { displayName: 'Gone' },
    });
    const { folder: gone } = z.object({ folder: z.string() }).parse(made);
    await world.mutate({ op: 'arrive', folder: gone });
    await world.read();
    const search = (await world.dump()).find(({ kind, fields }) => kind === 'folder' && fields['search'] != null);
    for (const folder of [gone, search!.id]) await world.mutate({ op: 'delete-folder', folder, isPermanent: true });
    world.copy.cursor = listAfresh(world.copy.cursor!);
    await world.read();
    expect(differences(world.copy, await world.dump())).toEqual([]);
    expect([...world.copy.folders.keys()]).not.toContain(search!.id);
    expect(Object.values(world.copy.cursor)).not.toContain('');
  });

  it('tells of one folder as the listing does, and of none that is not there', async () => {
    await world.read();
    const reader = new MailReader(world.connect(), world.userId);
    for (const [id, record] of [...world.copy.folders].slice(0, 3))
      expect(await reader.lookUpFolder(id, never)).toEqual({ present: true, record });
    const [message] = messagesIn(await world.dump());
    expect(await reader.lookUpFolder(message!.id, never)).toEqual({ present: false });
  });

  it('tells of a changed message that cannot be asked for, and goes on', async () => {
    await world.switch({ 'mail.delta-read-flag': 'partial' });
    await world.read();
    const [locked, other] = messagesIn(await world.dump());
    for (const { id, fields } of [locked!, other!])
      await world.mutate({ op: 'update', message: id, fields: { isRead: fields['isRead'] === false } });
    await world.control('POST', '/faults', { fault: '423', match: { path: locked!.id.replaceAll('=', '') } });
    const changes = await Array.fromAsync(world.reader.enumerate(world.copy.cursor, new AbortController().signal));
    const told = changes.filter((change) => change.type === 'unreadable' || change.type === 'item');
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'unreadable', id: locked!.id, parentId: locked!.fields['folderId'] }),
    );
    expect(told).toContainEqual(expect.objectContaining({ type: 'item', id: other!.id }));
    await world.control('DELETE', '/faults');
  });

  describe('of which one of several attachments went', () => {
    const several = ({ fields }: DumpEntry) =>
      fields['isDraft'] === false &&
      (fields['attachments'] as { kind: string }[]).filter(({ kind }) => kind === 'file').length > 1;
    const detached = async () => {
      await world.switch({ 'mail.delta-item-twice': false });
      await world.read();
      const { id } = messagesIn(await world.dump()).find(several)!;
      world.copy.contentsRead = 0;
      await world.mutate({ op: 'detach', message: id });
      return id;
    };

    it('is read again, though no field tells', async () => {
      await detached();
      await world.read();
      expect(world.copy.contentsRead).toBe(1);
      expect(differences(world.copy, await world.dump())).toEqual([]);
    });

    it.each([
      [
        'its flag changed',
        { op: 'update', fields: { flag: { flagStatus: 'flagged' }, categories: ['Blue category'] } },
      ],
      ['it moved', { op: 'move', folder: 'archive' }],
    ])('is read again where %s as well, by its size', async (_, change) => {
      await world.switch({ 'mail.message-size-tag': true });
      await world.mutate({ ...change, message: await detached() });
      await world.read();
      expect(world.copy.contentsRead).toBe(1);
      expect(differences(world.copy, await world.dump())).toEqual([]);
    });
  });

  it.each([1, 2, 3, 4])('is followed through a life of changes (%d)', async (seed) => {
    await world.read();
    for (let week = 0; week < 2; week += 1) {
      await world.live(90, seed * 10 + week);
      await world.read();
      expect(differences(world.copy, await world.dump())).toEqual([]);
    }
  });

  it('is listed afresh when the service forgot where we were, and read again only where it changed', async () => {
    await world.read();
    await world.live(60, 5);
    await world.control('POST', '/faults', { fault: 'delta-lost', times: 3, match: { path: 'messages/delta' } });
    const changed = messagesIn(await world.dump()).filter(({ id }) => !world.copy.kept.has(id)).length;
    world.copy.contentsRead = 0;
    await world.read();
    expect(differences(world.copy, await world.dump())).toEqual([]);
    expect(world.copy.contentsRead).toBeLessThan(changed + 40);
  });

  it('is read whole through a bad network', async () => {
    await world.control('POST', '/faults', [
      { fault: 'reset', bytes: 900, probability: 0.1, match: { path: 'value$' } },
      { fault: 'reset', probability: 0.05 },
      { fault: '503', retryAfterSeconds: 0, probability: 0.05 },
      { fault: '429', retryAfterSeconds: 0, probability: 0.05 },
      { fault: '500-empty-body', probability: 0.05 },
    ]);
    await world.read();
    await world.control('DELETE', '/faults');
    expect(differences(world.copy, await world.dump())).toEqual([]);
  });

  it('counts what the service counts', async () => {
    await world.read();
    const counts = await world.reader.counts(never);
    const records: readonly SourceRecord[] = [
      ...world.copy.kept.values().map(({ record }) => record),
      ...world.copy.folders.values(),
    ];
    for (const { parentId, items, of } of counts) {
      const kind = of === 'messages' ? 'message' : 'mail-folder';
      const counted = records.filter((record) => record.parentId === parentId && record.kind === kind);
      expect({ parentId, of, items: counted.length }).toEqual({ parentId, of, items });
    }
  });
});
