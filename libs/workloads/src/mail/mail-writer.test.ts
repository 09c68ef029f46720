import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DumpEntry } from '@holdfast/simulator';
import { MailWriter } from './mail-writer.js';
import { MailWorld, messagesIn, never } from './testing/mail-world.suite.js';

jest.setTimeout(60_000);
let world: MailWorld;

beforeAll(async () => {
  world = await MailWorld.start();
});
beforeEach(() => world.renew());
afterAll(() => world.close());

describe('a mailbox', () => {
  it('is restored into another mailbox with all that the interface can carry', async () => {
    await world.mutate({ op: 'arrive', shape: 'large', attachmentBytes: 4_500_000 });
    await world.mutate({ op: 'arrive', shape: 'large', attachmentBytes: 9_500_000 });
    for (const shape of [
      'broken-base64',
      'deep-nested',
      'smime-signed',
      'smime-opaque',
      'inline',
      'zero-byte',
      'empty',
      'crowd',
    ]) {
      await world.mutate({ op: 'arrive', shape });
    }
    await world.read();
    const writer = new MailWriter(world.connect(), world.other);
    for (const id of world.copy.kept.keys()) {
      const folderId = await writer.ensureFolder(world.way(world.copy.kept.get(id)!.record.parentId!), never);
      await writer.create(world.restoreItem(id, folderId), never);
    }
    const restored = new Map(messagesIn(await world.dump(world.other)).map((entry) => [originOf(entry), entry]));
    const words: string[] = [];
    for (const entry of messagesIn(await world.dump())) {
      const twin = restored.get(entry.id);
      for (const [name, value] of Object.entries(comparable(entry))) {
        const there = twin === undefined ? undefined : comparable(twin)[name];
        if (JSON.stringify(there) !== JSON.stringify(value))
          words.push(
            `${entry.key} ${name}: ${JSON.stringify(value).slice(0, 300)} → ${JSON.stringify(there ?? null).slice(0, 300)}`,
          );
      }
    }
    expect(words).toEqual([]);
  });

  it('finds what an earlier try of a restore made, and removes what it left half made', async () => {
    await world.mutate({ op: 'arrive', shape: 'large', attachmentBytes: 3_500_000 });
    await world.read();
    const writer = new MailWriter(world.client, world.userId);
    const ids = [...world.copy.kept.keys()];
    const large = ids.find((id) => world.copy.kept.get(id)!.mime.length > 4_000_000)!;
    const folderId = await writer.ensureFolder([{ name: 'Restored' }], never);
    for (const id of [ids.find((one) => one !== large)!, large]) {
      const item = world.restoreItem(id, folderId);
      expect(await writer.findRestored(item, never)).toBeUndefined();
      const made = await writer.create(item, never);
      expect((await writer.findRestored(item, never))?.id).toBe(made.id);
      expect(made.record.origin).toBe(id);
    }
    const item = world.restoreItem(large, await writer.ensureFolder([{ name: 'Restored again' }], never));
    await world.control('POST', '/faults', { fault: '503', match: { path: 'createUploadSession' } });
    await expect(writer.create(item, never)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    await world.control('DELETE', '/faults');
    expect(await writer.findRestored(item, never)).toBeUndefined();
    await writer.create(item, never);
    const inFolder = messagesIn(await world.dump()).filter(({ fields }) => fields['folderId'] === item.folderId);
    expect(inFolder).toHaveLength(1);
  });

  it('makes one message when the answer to its creation is lost', async () => {
    await world.read();
    const writer = new MailWriter(world.client, world.userId);
    const folderId = await writer.ensureFolder([{ name: 'Restored' }], never);
    await world.control('POST', '/faults', {
      fault: 'reset',
      bytes: 10,
      times: 1,
      match: { method: 'POST', path: 'messages$' },
    });
    await writer.create(world.restoreItem([...world.copy.kept.keys()][0]!, folderId), never);
    expect(messagesIn(await world.dump()).filter(({ fields }) => fields['folderId'] === folderId)).toHaveLength(1);
  });

  it.each([undefined, 'PATCH', 'DELETE'])(
    'puts a message back that was moved, read, flagged or written over (answer lost to %s)',
    async (method) => {
      await world.read();
      const writer = new MailWriter(world.client, world.userId);
      const before = messagesIn(await world.dump())
        .filter(({ fields }) => fields['isDraft'] === false)
        .slice(0, 2);
      const [moved, changed] = before.map(({ id }) => id);
      await world.mutate({ op: 'move', message: moved, folder: 'junkemail' });
      await world.mutate({ op: 'update', message: moved, fields: { categories: ['Red category'] } });
      await world.mutate({ op: 'update', message: changed, fields: { subject: 'Pay' } });
      if (method !== undefined)
        await world.control('POST', '/faults', { fault: 'reset', bytes: 0, times: 1, match: { method } });
      for (const id of [moved!, changed!]) {
        const live = await writer.findById(id, 'message', never);
        await writer.overwrite(live!, world.restoreItem(id, world.copy.kept.get(id)!.record.parentId!), never);
      }
      await world.control('DELETE', '/faults');
      const after = messagesIn(await world.dump());
      for (const { key, fields } of before) {
        const now = after.find((entry) => entry.key === key);
        expect(now?.fields['categories']).toEqual(fields['categories']);
        expect(now?.fields['subject']).toEqual(fields['subject']);
      }
    },
  );

  it('removes what a lost try left half made, and out of sight', async () => {
    await world.mutate({ op: 'arrive', shape: 'large', attachmentBytes: 3_500_000 });
    await world.read();
    const large = [...world.copy.kept.keys()].find((id) => world.copy.kept.get(id)!.mime.length > 4_000_000)!;
    const messageId = world.copy.kept.get(large)!.record.properties['internetMessageId'];
    const folders = async () =>
      messagesIn(await world.dump())
        .filter(({ fields }) => fields['internetMessageId'] === messageId)
        .map(({ fields }) => (fields['folder'] as string[]).at(-1)!);
    const before = await folders();
    expect(before).toHaveLength(1);
    const writer = new MailWriter(world.client, world.userId);
    const item = world.restoreItem(large, await writer.ensureFolder([{ name: 'Restored' }], never));
    await world.control('POST', '/faults', { fault: '503', match: { path: 'createUploadSession' } });
    await expect(writer.create(item, never)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    await world.control('DELETE', '/faults');
    // As performStep does it after a crash.
    expect(await writer.findRestored(item, never)).toBeUndefined();
    await writer.create(item, never);
    expect((await folders()).sort()).toEqual([...before, 'Restored'].sort());
  });
});

function originOf({ fields }: DumpEntry): string | undefined {
  const properties = fields['properties'] as Record<string, string>;
  const value = Object.entries(properties).find(([id]) => id.includes('HoldfastOrigin'))?.[1];
  return value?.slice(value.indexOf('.') + 1);
}

/** The fields that a restore by JSON keeps; docs/fidelity.md names the others. */
function comparable({ fields }: DumpEntry): Record<string, unknown> {
  const { folderId: _id, folder: _path, properties: _p, type: _t, mimeSha256: _m, attachments, ...kept } = fields;
  return { ...kept, attachments: (attachments as { kind: string }[]).filter(({ kind }) => kind !== 'reference') };
}
