import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  acquireAppToken,
  AppTokenSource,
  customCloud,
  GraphClient,
  listUsers,
  LocalBudget,
  RETRY_LIMITS,
  Transport,
} from '@holdfast/graph';
import { parseVaultId, SystemClock } from '@holdfast/kernel';
import { type DumpEntry, type RunningSimulator, startSimulator, type TenantInfo } from '@holdfast/simulator';
import type { ItemRecord } from '@holdfast/vault';
import type { Cursor, FolderStep, RestoreItem, SourceRecord } from '../index.js';
import { MailReader } from './mail-reader.js';
import { MailWriter } from './mail-writer.js';

const clock = new SystemClock();
const never = new AbortController().signal;
const vault = parseVaultId('00000000-0000-4000-8000-000000000001');
jest.setTimeout(60_000);
let simulator: RunningSimulator;
let transport: Transport;
let tenant: TenantInfo;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 11, users: 3, messages: 60, files: 0 });
  transport = new Transport({ caPem: readFileSync(simulator.ca, 'utf8') });
});
afterAll(async () => {
  await transport.close();
  await simulator.close();
});

function connect(): GraphClient {
  const cloud = customCloud({ name: 'simulator', loginBaseUrl: simulator.login, graphBaseUrl: simulator.graph });
  const { tenantId: directoryId, clientId, clientSecret: secret } = tenant;
  const acquire = () =>
    acquireAppToken({ cloud, transport, clock }, { directoryId, clientId }, { kind: 'secret', secret });
  return new GraphClient({
    cloud,
    transport,
    clock,
    tokens: new AppTokenSource(acquire, clock),
    budget: new LocalBudget({ clock, size: { licences: 10, users: 10 } }),
    random: randomBytes,
    retry: { ...RETRY_LIMITS, firstWaitMs: 5 },
  });
}

const control = (method: string, path: string, body: object = {}) => simulator.call(method, path, body);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function dumpOf(userId: string): Promise<DumpEntry[]> {
  return (await control('GET', `/tenants/${tenant.tenantId}/dump?user=${userId}&workload=mail`)) as DumpEntry[];
}
const messagesIn = (dump: DumpEntry[]) => dump.filter((entry) => entry.kind === 'message');

interface Kept {
  readonly record: SourceRecord;
  readonly mime: Buffer;
  readonly extras: ReadonlyMap<string, Buffer>;
}

/** What a crawler makes of a reader's words, in memory. */
class Copy {
  readonly kept = new Map<string, Kept>();
  readonly folders = new Map<string, SourceRecord>();
  cursor: Cursor | undefined;
  contentsRead = 0;

  async run(reader: MailReader): Promise<void> {
    const seen = new Set<string>();
    const removed: [id: string, from: string | undefined][] = [];
    const restarted = new Set<string>();
    for await (const change of reader.enumerate(this.cursor, never)) {
      if (change.type === 'cursor') this.cursor = change.cursor;
      if (change.type === 'scope-restarted') restarted.add(change.scope);
      if (change.type === 'removed') removed.push([change.id, change.fromParentId]);
      if (change.type === 'scope-gone') for (const id of this.#inFolder(change.scope)) removed.push([id, change.scope]);
      if (change.type === 'scope-complete' && restarted.has(change.scope)) {
        for (const id of this.#inFolder(change.scope)) if (!seen.has(id)) removed.push([id, change.scope]);
      }
      if (change.type !== 'item') continue;
      seen.add(change.id);
      await this.#keep(reader, change.id, change.record);
    }
    for (const [id, from] of removed) await this.#remove(reader, id, from);
  }

  #inFolder(folder: string): string[] {
    return [...this.kept].flatMap(([id, { record }]) => (record.parentId === folder ? [id] : []));
  }

  async #remove(reader: MailReader, id: string, from: string | undefined): Promise<void> {
    this.folders.delete(id);
    if (from === undefined || this.kept.get(id)?.record.parentId !== from) return;
    const presence = await reader.lookUp(id, never);
    if (presence.present) await this.#keep(reader, id, presence.record);
    else this.kept.delete(id);
  }

  async #keep(reader: MailReader, id: string, record: SourceRecord): Promise<void> {
    if (record.contentForm === undefined) {
      this.folders.set(id, record);
      return;
    }
    const before = this.kept.get(id);
    const stored = before?.record as ItemRecord | undefined;
    if (before !== undefined && stored !== undefined && reader.sameContent(stored, record)) {
      this.kept.set(id, { ...before, record });
      return;
    }
    this.contentsRead += 1;
    const mime = Buffer.concat(await Array.fromAsync(reader.readContent(id, record, never)));
    const extras = new Map(
      Object.entries(record.inlineExtras ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes)]),
    );
    for (const [name, stream] of Object.entries(await reader.readExtras(id, record, never))) {
      extras.set(name, Buffer.concat(await Array.fromAsync(stream)));
    }
    this.kept.set(id, { record, mime, extras });
  }
}

/** How the copy differs from the mailbox, in words; empty when it does not. */
function differences(copy: Copy, dump: DumpEntry[]): string[] {
  const entries = messagesIn(dump);
  const gone = [...copy.kept.keys()].filter((id) => !entries.some((entry) => entry.id === id));
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
  let userId: string;
  let other: string;
  let client: GraphClient;
  let reader: MailReader;
  let copy: Copy;

  beforeEach(async () => {
    await control('POST', '/reset');
    tenant = (await control('POST', '/tenants', { users: 3, messages: 60, files: 0 })) as TenantInfo;
    await control('PATCH', `/tenants/${tenant.tenantId}/switches`, {
      'mail.delta-read-flag': 'partial',
      'mail.delta-lost-return': false,
    });
    client = connect();
    const mailboxes: string[] = [];
    for await (const { id } of listUsers(client)) if (messagesIn(await dumpOf(id)).length > 30) mailboxes.push(id);
    [userId = '', other = ''] = mailboxes;
    client = connect();
    reader = new MailReader(client, userId);
    copy = new Copy();
  });

  const mutate = (op: object) =>
    control('POST', `/tenants/${tenant.tenantId}/mutate`, { workload: 'mail', user: userId, ...op });
  const live = (operations: number, seed: number) =>
    control('POST', `/tenants/${tenant.tenantId}/live`, { operations, seed, workloads: ['mail'] });

  it('is read whole, bit for bit, for little more than a request a message', async () => {
    await copy.run(reader);
    const dump = await dumpOf(userId);
    expect(differences(copy, dump)).toEqual([]);
    const folders = dump.filter((entry) => entry.kind === 'folder');
    for (const folder of folders) expect(copy.folders.has(folder.id)).toBe(true);
    const messages = messagesIn(dump).length;
    expect(client.counters.totals().requests).toBeLessThanOrEqual(messages * 1.05 + folders.length + 20);
  });

  it('costs a request a folder and a constant when nothing changed', async () => {
    await copy.run(reader);
    const again = connect();
    copy.contentsRead = 0;
    await copy.run(new MailReader(again, userId));
    expect(copy.contentsRead).toBe(0);
    expect(again.counters.totals().requests).toBeLessThanOrEqual(copy.folders.size + 2);
  });

  it('reads no content for a change of read state, flag, category or folder', async () => {
    await copy.run(reader);
    copy.contentsRead = 0;
    const [first, second, third] = messagesIn(await dumpOf(userId)).filter(({ fields }) => fields['isDraft'] === false);
    await mutate({ op: 'update', message: first!.id, fields: { isRead: first!.fields['isRead'] === false } });
    await mutate({
      op: 'update',
      message: second!.id,
      fields: { categories: ['Blue category'], flag: { flagStatus: 'flagged' } },
    });
    await mutate({ op: 'move', message: third!.id, folder: 'archive' });
    await copy.run(reader);
    expect(copy.contentsRead).toBe(0);
    expect(differences(copy, await dumpOf(userId))).toEqual([]);
  });

  it('is read again where one of several attachments went, which no field tells', async () => {
    await copy.run(reader);
    const several = ({ fields }: DumpEntry) =>
      fields['isDraft'] === false &&
      (fields['attachments'] as { kind: string }[]).filter(({ kind }) => kind === 'file').length > 1;
    const before = messagesIn(await dumpOf(userId)).find(several)!;
    copy.contentsRead = 0;
    await mutate({ op: 'detach', message: before.id });
    await copy.run(reader);
    expect(copy.contentsRead).toBe(1);
    expect(differences(copy, await dumpOf(userId))).toEqual([]);
  });

  it.each([1, 2, 3, 4])('is followed through a life of changes (%d)', async (seed) => {
    await copy.run(reader);
    for (let week = 0; week < 2; week += 1) {
      await live(90, seed * 10 + week);
      await copy.run(reader);
      expect(differences(copy, await dumpOf(userId))).toEqual([]);
    }
  });

  it('is listed afresh when the service forgot where we were, and read again only where it changed', async () => {
    await copy.run(reader);
    await live(60, 5);
    await control('POST', '/faults', { fault: 'delta-lost', times: 3, match: { path: 'messages/delta' } });
    const changed = messagesIn(await dumpOf(userId)).filter(({ id }) => !copy.kept.has(id)).length;
    copy.contentsRead = 0;
    await copy.run(reader);
    expect(differences(copy, await dumpOf(userId))).toEqual([]);
    expect(copy.contentsRead).toBeLessThan(changed + 40);
  });

  it('is read whole through a bad network', async () => {
    await control('POST', '/faults', [
      { fault: 'reset', bytes: 900, probability: 0.1, match: { path: 'value$' } },
      { fault: 'reset', probability: 0.05 },
      { fault: '503', retryAfterSeconds: 0, probability: 0.05 },
      { fault: '429', retryAfterSeconds: 0, probability: 0.05 },
      { fault: '500-empty-body', probability: 0.05 },
    ]);
    await copy.run(reader);
    await control('DELETE', '/faults');
    expect(differences(copy, await dumpOf(userId))).toEqual([]);
  });

  it('counts what the service counts', async () => {
    await copy.run(reader);
    const counts = await reader.counts(never);
    for (const { parentId, items } of counts) {
      expect([...copy.kept.values()].filter(({ record }) => record.parentId === parentId)).toHaveLength(items);
    }
  });

  describe('its saved searches', () => {
    const fields = {
      '@odata.type': '#microsoft.graph.mailSearchFolder',
      displayName: 'To do',
      filterQuery: 'isRead eq false',
    };
    const make = async (more: object = {}) => {
      const made = (await mutate({
        op: 'create-folder',
        parent: 'msgfolderroot',
        fields: { displayName: 'Plans' },
      })) as {
        folder: string;
      };
      const sourceFolderIds = [made.folder, 'inbox'];
      const search = { ...fields, sourceFolderIds, includeNestedFolders: true, ...more };
      const { folder } = (await mutate({ op: 'create-folder', parent: 'msgfolderroot', fields: search })) as {
        folder: string;
      };
      return { id: folder, source: made.folder };
    };

    it('are kept with what they look for, and hold no messages', async () => {
      const { id, source } = await make();
      await copy.run(reader);
      const { kind, name, properties } = copy.folders.get(id)!;
      expect({ kind, name }).toEqual({ kind: 'search-folder', name: 'To do' });
      expect(properties).toMatchObject({
        filterQuery: 'isRead eq false',
        includeNestedFolders: true,
        isSupported: true,
      });
      expect(properties['sourceFolderIds']).toContain(source);
      expect((await reader.counts(never)).map(({ parentId }) => parentId)).not.toContain(id);
    });

    it('are followed through new names, other criteria and their end', async () => {
      const { id } = await make();
      await copy.run(reader);
      await mutate({
        op: 'rename-folder',
        folder: id,
        fields: { displayName: 'Later', filterQuery: 'isRead eq true' },
      });
      await copy.run(reader);
      expect(copy.folders.get(id)).toMatchObject({ name: 'Later', properties: { filterQuery: 'isRead eq true' } });
      await mutate({ op: 'delete-folder', folder: id, isPermanent: true });
      await copy.run(reader);
      expect(copy.folders.has(id)).toBe(false);
    });

    it('are made again, found again, changed back and removed', async () => {
      const { id, source } = await make();
      await copy.run(reader);
      const saved = copy.folders.get(id)! as ItemRecord;
      const writer = new MailWriter(client, userId);
      const folderId = await writer.ensureFolder([], never);
      const record = { ...saved, properties: { ...saved.properties, sourceFolderIds: [source] } };
      const item = (name: string): RestoreItem => {
        const content = () => {
          throw new Error('it has none');
        };
        return { vault, itemId: id, record, folderId, name, content, extra: () => undefined };
      };
      const made = await writer.create(item('Again'), never);
      expect(made.record).toMatchObject({ kind: 'search-folder', parentId: folderId, name: 'Again' });
      expect((await writer.findRestored(item('Again'), never))?.id).toBe(made.id);
      await expect(writer.create(item('Again'), never)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      await mutate({
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
      await copy.run(reader);
      const saved = copy.folders.get(id)! as ItemRecord;
      const writer = new MailWriter(client, other);
      const folderId = await writer.ensureFolder([], never);
      const record = { ...saved, properties: { ...saved.properties, sourceFolderIds: [folderId] } };
      await control('POST', '/faults', {
        fault: 'reset',
        bytes: 10,
        times: 1,
        match: { method: 'POST', path: 'childFolders$' },
      });
      const unread = () => {
        throw new Error('it has none');
      };
      await writer.create(
        { vault, itemId: id, record, folderId, name: 'Once', content: unread, extra: () => undefined },
        never,
      );
      const there = (await dumpOf(other)).filter(({ fields: { displayName } }) => displayName === 'Once');
      expect(there).toHaveLength(1);
    });
  });

  const way = (folderId: string): FolderStep[] => {
    const record = copy.folders.get(folderId) as ItemRecord | undefined;
    if (record?.parentId === undefined) return [];
    return [...way(record.parentId), { name: record.name, record }];
  };

  function restoreItem(id: string, folderId: string): RestoreItem {
    const { record, mime, extras } = copy.kept.get(id)!;
    const stream = async function* (bytes: Buffer) {
      yield bytes;
    };
    const extra = (name: string) => (extras.has(name) ? stream(extras.get(name)!) : undefined);
    const content = { bytes: mime.length, form: 'mime', sha256: new Uint8Array(32), chunks: [], depth: 0 } as const;
    return {
      vault,
      itemId: id,
      record: { ...record, content },
      folderId,
      name: record.name,
      content: () => stream(mime),
      extra,
    };
  }

  it('is restored into another mailbox with all that the interface can carry', async () => {
    await mutate({ op: 'arrive', shape: 'large', attachmentBytes: 4_500_000 });
    await mutate({ op: 'arrive', shape: 'large', attachmentBytes: 9_500_000 });
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
      await mutate({ op: 'arrive', shape });
    }
    await copy.run(reader);
    const writer = new MailWriter(connect(), other);
    for (const id of copy.kept.keys()) {
      const folderId = await writer.ensureFolder(way(copy.kept.get(id)!.record.parentId!), never);
      await writer.create(restoreItem(id, folderId), never);
    }
    const restored = new Map(messagesIn(await dumpOf(other)).map((entry) => [originOf(entry), entry]));
    const words: string[] = [];
    for (const entry of messagesIn(await dumpOf(userId))) {
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
    await mutate({ op: 'arrive', shape: 'large', attachmentBytes: 3_500_000 });
    await copy.run(reader);
    const writer = new MailWriter(client, userId);
    const ids = [...copy.kept.keys()];
    const large = ids.find((id) => copy.kept.get(id)!.mime.length > 4_000_000)!;
    const folderId = await writer.ensureFolder([{ name: 'Restored' }], never);
    for (const id of [ids.find((one) => one !== large)!, large]) {
      const item = restoreItem(id, folderId);
      expect(await writer.findRestored(item, never)).toBeUndefined();
      const made = await writer.create(item, never);
      expect((await writer.findRestored(item, never))?.id).toBe(made.id);
      expect(made.record.origin).toBe(id);
    }
    const item = restoreItem(large, await writer.ensureFolder([{ name: 'Restored again' }], never));
    await control('POST', '/faults', { fault: '503', match: { path: 'createUploadSession' } });
    await expect(writer.create(item, never)).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    await control('DELETE', '/faults');
    expect(await writer.findRestored(item, never)).toBeUndefined();
    await writer.create(item, never);
    const inFolder = messagesIn(await dumpOf(userId)).filter(({ fields }) => fields['folderId'] === item.folderId);
    expect(inFolder).toHaveLength(1);
  });

  it('makes one message when the answer to its creation is lost', async () => {
    await copy.run(reader);
    const writer = new MailWriter(client, userId);
    const folderId = await writer.ensureFolder([{ name: 'Restored' }], never);
    await control('POST', '/faults', {
      fault: 'reset',
      bytes: 10,
      times: 1,
      match: { method: 'POST', path: 'messages$' },
    });
    await writer.create(restoreItem([...copy.kept.keys()][0]!, folderId), never);
    expect(messagesIn(await dumpOf(userId)).filter(({ fields }) => fields['folderId'] === folderId)).toHaveLength(1);
  });

  it.each([undefined, 'PATCH', 'DELETE'])(
    'puts a message back that was moved, read, flagged or written over (answer lost to %s)',
    async (method) => {
      await copy.run(reader);
      const writer = new MailWriter(client, userId);
      const before = messagesIn(await dumpOf(userId))
        .filter(({ fields }) => fields['isDraft'] === false)
        .slice(0, 2);
      const [moved, changed] = before.map(({ id }) => id);
      await mutate({ op: 'move', message: moved, folder: 'junkemail' });
      await mutate({ op: 'update', message: moved, fields: { categories: ['Red category'] } });
      await mutate({ op: 'update', message: changed, fields: { subject: 'Pay' } });
      if (method !== undefined)
        await control('POST', '/faults', { fault: 'reset', bytes: 0, times: 1, match: { method } });
      for (const id of [moved!, changed!]) {
        const live = await writer.findById(id, 'message', never);
        await writer.overwrite(live!, restoreItem(id, copy.kept.get(id)!.record.parentId!), never);
      }
      await control('DELETE', '/faults');
      const after = messagesIn(await dumpOf(userId));
      for (const { key, fields } of before) {
        const now = after.find((entry) => entry.key === key);
        expect(now?.fields['categories']).toEqual(fields['categories']);
        expect(now?.fields['subject']).toEqual(fields['subject']);
      }
    },
  );
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
