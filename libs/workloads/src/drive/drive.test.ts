import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  acquireAppToken,
  AppTokenSource,
  customCloud,
  getUserDrive,
  GraphClient,
  listUsers,
  LocalBudget,
  RETRY_LIMITS,
  Transport,
} from '@holdfast/graph';
import { isAppError, parseVaultId, SystemClock } from '@holdfast/kernel';
import { type DumpEntry, type RunningSimulator, startSimulator, type TenantInfo } from '@holdfast/simulator';
import type { ItemRecord } from '@holdfast/vault';
import type { Cursor, FolderStep, RestoreItem, SourceRecord } from '../index.js';
import { DriveReader } from './drive-reader.js';
import { DriveWriter } from './drive-writer.js';

jest.setTimeout(60_000);
const clock = new SystemClock();
const never = new AbortController().signal;
const vault = parseVaultId('00000000-0000-4000-8000-000000000001');
let simulator: RunningSimulator;
let transport: Transport;
let tenant: TenantInfo;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 11, users: 1, messages: 0, files: 0 });
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
    budget: new LocalBudget({ clock, size: { licences: 100_000, users: 10 } }),
    random: randomBytes,
    retry: { ...RETRY_LIMITS, firstWaitMs: 5 },
  });
}

const control = (method: string, path: string, body: object = {}) => simulator.call(method, path, body);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const dumpOf = async (userId: string) =>
  (await control('GET', `/tenants/${tenant.tenantId}/dump?user=${userId}&workload=drive`)) as DumpEntry[];

/** What a crawler makes of a reader's words, in memory. */
class Copy {
  readonly records = new Map<string, SourceRecord>();
  readonly contents = new Map<string, Buffer>();
  readonly skipped = new Set<string>();
  cursor: Cursor | undefined;
  contentsRead = 0;

  async run(reader: DriveReader): Promise<void> {
    const seen = new Set<string>();
    const told = new Map<string, SourceRecord | undefined>();
    let isRestarted = false;
    for await (const change of reader.enumerate(this.cursor, never)) {
      if (change.type === 'cursor') this.cursor = change.cursor;
      if (change.type === 'scope-restarted') isRestarted = true;
      if (change.type === 'removed') told.set(change.id, undefined);
      if (change.type === 'skipped') this.skipped.add(change.id);
      if (change.type === 'item') told.set(change.id, change.record);
      if ('id' in change) seen.add(change.id);
    }
    for (const [id, record] of told) {
      if (record === undefined) this.#remove(id);
      else await this.#keep(reader, id, record);
    }
    if (isRestarted) for (const id of [...this.records.keys()]) if (!seen.has(id)) this.#remove(id);
    this.#dropOrphans();
  }

  #remove(id: string): void {
    this.records.delete(id);
    this.contents.delete(id);
  }

  #dropOrphans(): void {
    for (let before = -1; before !== this.records.size;) {
      before = this.records.size;
      for (const [id, { parentId }] of this.records)
        if (parentId !== undefined && !this.records.has(parentId)) this.#remove(id);
    }
  }

  async #keep(reader: DriveReader, id: string, record: SourceRecord): Promise<void> {
    const before = this.records.get(id) as ItemRecord | undefined;
    this.records.set(id, record);
    if (record.kind !== 'file' || (before !== undefined && reader.sameContent(before, record))) return;
    this.contentsRead += 1;
    try {
      this.contents.set(id, Buffer.concat(await Array.fromAsync(reader.readContent(id, record, never))));
    } catch (error) {
      const fresh = isAppError(error, 'CONFLICT') ? await reader.lookUp(id, never) : { present: false as const };
      if (!fresh.present) throw error;
      await this.#keep(reader, id, fresh.record);
    }
  }

  path(id: string): string {
    const record = this.records.get(id);
    if (record?.parentId === undefined) return '';
    return [this.path(record.parentId), record.name].filter((part) => part !== '').join('/');
  }

  way(folderId: string): FolderStep[] {
    const record = this.records.get(folderId) as ItemRecord | undefined;
    if (record?.parentId === undefined) return [];
    return [...this.way(record.parentId), { name: record.name, record }];
  }
}

/** How the copy differs from the drive, in words; empty when it does not. */
function differences(copy: Copy, dump: DumpEntry[]): string[] {
  const words = [...copy.records.keys()]
    .filter((id) => copy.records.get(id)?.kind !== 'drive-root' && !dump.some((entry) => entry.id === id))
    .map((id) => `${copy.path(id)} is gone from the drive`);
  for (const { id, key, contentHash, fields } of dump) {
    if (fields['malware'] === true) {
      if (!copy.skipped.has(id)) words.push(`${key} is not skipped`);
      continue;
    }
    const record = copy.records.get(id);
    if (record === undefined) words.push(`${key} is missing`);
    else {
      if (copy.path(id) !== key) words.push(`${key} lies elsewhere`);
      if (contentHash !== undefined && sha256(copy.contents.get(id)!) !== contentHash)
        words.push(`${key} has another content`);
      const times = record.properties['fileSystemInfo'] as { lastModifiedDateTime: string };
      if (times.lastModifiedDateTime !== fields['lastModifiedDateTime']) words.push(`${key} has another time`);
    }
  }
  return words;
}

describe('a drive', () => {
  let userId: string;
  let other: string;
  let client: GraphClient;
  let reader: DriveReader;
  let copy: Copy;

  beforeEach(async () => {
    await control('POST', '/reset');
    tenant = (await control('POST', '/tenants', { users: 6, messages: 0, files: 40 })) as TenantInfo;
    client = connect();
    const drives: string[] = [];
    for await (const { id } of listUsers(client)) if ((await getUserDrive(client, id)) !== undefined) drives.push(id);
    [userId = '', other = ''] = drives;
    client = connect();
    reader = new DriveReader(client, userId);
    copy = new Copy();
  });

  const mutate = (op: object) =>
    control('POST', `/tenants/${tenant.tenantId}/mutate`, { workload: 'drive', user: userId, ...op }) as Promise<{
      id: string;
    }>;
  const live = (operations: number, seed: number) =>
    control('POST', `/tenants/${tenant.tenantId}/live`, { operations, seed, workloads: ['drive'] });

  it('is read whole, for one unit a file and two a page', async () => {
    await copy.run(reader);
    const dump = await dumpOf(userId);
    expect(differences(copy, dump)).toEqual([]);
    const pages = Math.ceil((dump.length + 1) / 500);
    expect(client.counters.totals().resourceUnits).toBeLessThanOrEqual(copy.contentsRead * 1.1 + pages * 2);
  });

  it('costs one unit when nothing changed', async () => {
    await copy.run(reader);
    const again = connect();
    copy.contentsRead = 0;
    await copy.run(new DriveReader(again, userId));
    expect(copy.contentsRead).toBe(0);
    expect(again.counters.totals().resourceUnits).toBe(1);
  });

  it('reads no content for a rename, a move or a description', async () => {
    await copy.run(reader);
    copy.contentsRead = 0;
    const files = (await dumpOf(userId)).filter(
      ({ fields }) => fields['kind'] === 'file' && fields['malware'] !== true,
    );
    await mutate({ op: 'rename', itemId: files[0]!.id, name: 'renamed.bin' });
    await mutate({ op: 'describe', itemId: files[1]!.id, description: 'described' });
    await copy.run(reader);
    expect(copy.contentsRead).toBe(0);
    expect(differences(copy, await dumpOf(userId))).toEqual([]);
  });

  it.each([1, 2, 3, 4])('is followed through a life of changes (%d)', async (seed) => {
    await copy.run(reader);
    for (let week = 0; week < 2; week += 1) {
      await live(80, seed * 10 + week);
      await copy.run(reader);
      expect(differences(copy, await dumpOf(userId))).toEqual([]);
    }
  });

  it('is listed afresh when the service forgot where we were, and read again only where it changed', async () => {
    await copy.run(reader);
    await live(30, 5);
    await control('POST', '/faults', { fault: 'delta-lost', times: 3, match: { path: 'delta' } });
    copy.contentsRead = 0;
    await copy.run(reader);
    expect(differences(copy, await dumpOf(userId))).toEqual([]);
    expect(copy.contentsRead).toBeLessThan(31);
  });

  it('is read whole through a bad network and with expired addresses', async () => {
    await control('POST', '/faults', [
      { fault: 'reset', bytes: 3_000, probability: 0.2, match: { path: 'download' } },
      { fault: 'expired-url', probability: 0.1, match: { path: 'download' } },
      { fault: 'reset', probability: 0.05 },
      { fault: '503', retryAfterSeconds: 0, probability: 0.05 },
      { fault: '429', retryAfterSeconds: 0, probability: 0.05 },
    ]);
    await copy.run(reader);
    await control('DELETE', '/faults');
    expect(differences(copy, await dumpOf(userId))).toEqual([]);
  });

  it('counts what the service counts', async () => {
    await copy.run(reader);
    for (const { parentId, items } of await reader.counts()) {
      const inside = [...copy.records.values()].filter((record) => record.parentId === parentId).length;
      expect(inside + skippedIn(await dumpOf(userId), copy, parentId)).toBe(items);
    }
  });

  const skippedIn = (dump: DumpEntry[], from: Copy, folderId: string) =>
    dump.filter(({ id, key }) => {
      const folder = key.split('/').slice(0, -1).join('/');
      return from.skipped.has(id) && folder === from.path(folderId);
    }).length;

  const restoreItem = (id: string, folderId: string): RestoreItem => {
    const record = copy.records.get(id) as ItemRecord;
    const content = async function* () {
      yield copy.contents.get(id)!;
    };
    return { vault, itemId: id, record, folderId, name: record.name, content, extra: () => undefined };
  };

  it('is restored below a folder of another drive, with content, names and times, and found again', async () => {
    await mutate({ op: 'create-file', path: 'big.bin', content: { form: 'noise', bytes: 23_000_000 } });
    await copy.run(reader);
    const writer = new DriveWriter(connect(), other);
    const made = new Map<string, RestoreItem>();
    for (const [id, record] of copy.records) {
      if (record.kind === 'drive-folder') await writer.ensureFolder([{ name: 'Back' }, ...copy.way(id)], never);
      if (record.kind !== 'file') continue;
      const folderId = await writer.ensureFolder([{ name: 'Back' }, ...copy.way(record.parentId!)], never);
      const item = restoreItem(id, folderId);
      expect(await writer.findRestored(item, never)).toBeUndefined();
      const { id: madeId } = await writer.create(item, never);
      expect((await writer.findRestored(item, never))?.id).toBe(madeId);
      made.set(id, item);
    }
    await expect(writer.create([...made.values()][0]!, never)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const there = new Map((await dumpOf(other)).map((entry) => [entry.key, entry]));
    for (const { key, contentHash, fields, id } of await dumpOf(userId)) {
      if (!made.has(id)) continue;
      const twin = there.get(`Back/${key}`);
      expect(twin?.contentHash).toBe(contentHash);
      for (const name of ['name', 'createdDateTime', 'lastModifiedDateTime', 'description'])
        expect(twin?.fields[name]).toEqual(fields[name]);
      if (fields['size'] !== 0) expect(twin?.fields['versions']).toBe(1);
    }
  });

  it.each(['either', 'item', 'sharepoint-ids'])('has its shortcuts made again (target named by %s)', async (form) => {
    await control('PATCH', `/tenants/${tenant.tenantId}/switches`, {
      'drive.shortcuts-need-feature': true,
      'drive.shortcut-target': form,
    });
    const owner = await ownerOfShortcut();
    const from = new Copy();
    await from.run(new DriveReader(client, owner));
    const [id, record] = [...from.records].find(([, { kind }]) => kind === 'shortcut')!;
    const writer = new DriveWriter(client, other);
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
    expect((await dumpOf(other)).filter(({ key }) => key.startsWith('Links/'))).toEqual([]);
  });

  const ownerOfShortcut = async () => {
    for await (const { id } of listUsers(client)) {
      const dump = await dumpOf(id).catch(() => []);
      if (dump.some(({ fields }) => fields['kind'] === 'shortcut')) return id;
    }
    throw new Error('nobody has a shortcut');
  };

  it('puts a file back that was edited, renamed and moved, under its own id', async () => {
    await copy.run(reader);
    const writer = new DriveWriter(client, userId);
    const before = await dumpOf(userId);
    const [edited, renamed] = before.filter(
      ({ fields, key }) =>
        fields['kind'] === 'file' && fields['malware'] !== true && key.includes('/') && fields['size'] !== 0,
    );
    await mutate({ op: 'edit', itemId: edited!.id });
    await mutate({ op: 'rename', itemId: renamed!.id, name: 'elsewhere.bin' });
    await mutate({ op: 'move', itemId: renamed!.id, to: '' });
    for (const { id } of [edited!, renamed!]) {
      const { parentId } = copy.records.get(id)!;
      const now = await writer.findById(id, 'file', never);
      await writer.overwrite(now!, restoreItem(id, parentId!), never);
    }
    const after = await dumpOf(userId);
    for (const entry of [edited!, renamed!]) {
      expect(after.find(({ id }) => id === entry.id)).toMatchObject({ key: entry.key, contentHash: entry.contentHash });
    }
  });

  it('puts back what a file is described as, and makes no version for it', async () => {
    await control('PATCH', `/tenants/${tenant.tenantId}/switches`, { 'drive.hash-comes-late': false });
    const path = 'described.txt';
    await mutate({ op: 'create-file', path, text: 'a' });
    await copy.run(reader);
    const [itemId] = [...copy.records].find(([, { name }]) => name === path)!;
    await mutate({ op: 'describe', itemId, description: 'not his' });
    const writer = new DriveWriter(client, userId);
    const now = await writer.findById(itemId, 'file', never);
    await writer.overwrite(now!, restoreItem(itemId, copy.records.get(itemId)!.parentId!), never);
    const after = (await dumpOf(userId)).find((entry) => entry.id === itemId);
    expect(after?.fields).toMatchObject({ description: null, versions: 1 });
  });

  it('tells a content that the service has no hash of yet by its own bytes', async () => {
    await copy.run(reader);
    const [id, record] = [...copy.records].find(([, { kind, bytes }]) => kind === 'file' && bytes > 0)!;
    const unhashed = { ...record, contentTag: `etag:${record.changeTag}`, properties: {} };
    const reading = new DriveReader(connect(), userId).readContent(id, unhashed, never);
    let end = await reading.next();
    while (end.done !== true) end = await reading.next();
    expect(end.value).toBe(record.contentTag);
  });

  it.each([
    { fault: 'reset', bytes: 0, match: { method: 'PATCH' } },
    { fault: 'reset', bytes: 0, match: { method: 'PUT' } },
    { fault: 'malformed-json', match: { method: 'PUT' } },
    { fault: 'expired-url', match: { method: 'PUT' } },
  ])('knows what it has done when the answer is lost, and begins again what was not done (%j)', async (fault) => {
    await copy.run(reader);
    const [edited] = (await dumpOf(userId)).filter(
      ({ fields }) => fields['kind'] === 'file' && fields['malware'] !== true && fields['size'] !== 0,
    );
    await mutate({ op: 'edit', itemId: edited!.id });
    await mutate({ op: 'rename', itemId: edited!.id, name: 'elsewhere.bin' });
    const writer = new DriveWriter(client, userId);
    const now = await writer.findById(edited!.id, 'file', never);
    await control('POST', '/faults', { ...fault, times: 1 });
    await writer.overwrite(now!, restoreItem(edited!.id, copy.records.get(edited!.id)!.parentId!), never);
    await control('DELETE', '/faults');
    const after = (await dumpOf(userId)).find(({ id }) => id === edited!.id);
    expect(after).toMatchObject({ key: edited!.key, contentHash: edited!.contentHash });
  });

  it('counts no folder that went untold with the one above it', async () => {
    await control('PATCH', `/tenants/${tenant.tenantId}/switches`, { 'drive.delta-lists-deleted-descendants': false });
    await mutate({ op: 'create-folder', path: 'above' });
    await mutate({ op: 'create-folder', path: 'above/below' });
    await copy.run(reader);
    await mutate({ op: 'delete', path: 'above' });
    copy.cursor = undefined;
    await copy.run(reader);
    const there = new Set([...copy.records].map(([id]) => id));
    expect((await reader.counts()).filter(({ parentId }) => !there.has(parentId))).toEqual([]);
  });

  it('does not write over a file that changed since it was looked at', async () => {
    await copy.run(reader);
    const writer = new DriveWriter(client, userId);
    const file = (await dumpOf(userId)).find(({ fields }) => fields['kind'] === 'file' && fields['malware'] !== true)!;
    const seen = await writer.findById(file.id, 'file', never);
    await mutate({ op: 'edit', itemId: file.id });
    const target = restoreItem(file.id, copy.records.get(file.id)!.parentId!);
    const stale = { ...seen!, record: { ...seen!.record, contentTag: 'another' } };
    await expect(writer.overwrite(stale, target, never)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(writer.remove(seen!, never)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it.each([false, true])('finishes uploads through a bad network, once each (hashes late: %s)', async (isLate) => {
    await control('PATCH', `/tenants/${tenant.tenantId}/switches`, { 'drive.hash-comes-late': isLate });
    await copy.run(reader);
    const writer = new DriveWriter(connect(), other);
    await control('POST', '/faults', [
      { fault: 'reset', bytes: 5, probability: 0.2, match: { path: 'upload' } },
      { fault: 'reset', probability: 0.1, match: { path: 'upload' } },
      { fault: '503', retryAfterSeconds: 0, probability: 0.1 },
    ]);
    const folderId = await writer.ensureFolder([{ name: 'Once' }], never);
    const ids = [...copy.contents.keys()].slice(0, 12);
    for (const [index, id] of ids.entries())
      await writer.create({ ...restoreItem(id, folderId), name: `file ${index}.bin` }, never);
    await control('DELETE', '/faults');
    const there = (await dumpOf(other)).filter(({ key }) => key.startsWith('Once/'));
    expect(there.map(({ contentHash }) => contentHash).sort()).toEqual(
      ids.map((id) => sha256(copy.contents.get(id)!)).sort(),
    );
  });
});
