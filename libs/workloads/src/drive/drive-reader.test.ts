import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DumpEntry } from '@holdfast/simulator';
import { DriveReader } from './drive-reader.js';
import type { DriveCopy } from './testing/drive-copy.suite.js';
import { DriveWorld, never, sha256 } from './testing/drive-world.suite.js';

jest.setTimeout(60_000);
let world: DriveWorld;

beforeAll(async () => {
  world = await DriveWorld.start();
});
beforeEach(() => world.renew());
afterAll(() => world.close());

/** How the copy differs from the drive, in words; empty when it does not. */
function differences(copy: DriveCopy, dump: DumpEntry[]): string[] {
  const words = [...world.copy.records.keys()]
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

const skippedIn = (dump: DumpEntry[], from: DriveCopy, folderId: string) =>
  dump.filter(({ id, key }) => {
    const folder = key.split('/').slice(0, -1).join('/');
    return from.skipped.has(id) && folder === from.path(folderId);
  }).length;

describe('a drive', () => {
  it('is read whole, for one unit a file and two a page', async () => {
    await world.read();
    const dump = await world.dump();
    expect(differences(world.copy, dump)).toEqual([]);
    const pages = Math.ceil((dump.length + 1) / 500);
    expect(world.client.counters.totals().resourceUnits).toBeLessThanOrEqual(world.copy.contentsRead * 1.1 + pages * 2);
  });

  it('costs one unit when nothing changed', async () => {
    await world.read();
    const again = world.connect();
    world.copy.contentsRead = 0;
    await world.copy.run(new DriveReader(again, world.userId));
    expect(world.copy.contentsRead).toBe(0);
    expect(again.counters.totals().resourceUnits).toBe(1);
  });

  it('reads no content for a rename, a move or a description', async () => {
    await world.read();
    world.copy.contentsRead = 0;
    const files = (await world.dump()).filter(({ fields }) => fields['kind'] === 'file' && fields['malware'] !== true);
    await world.mutate({ op: 'rename', itemId: files[0]!.id, name: 'renamed.bin' });
    await world.mutate({ op: 'describe', itemId: files[1]!.id, description: 'described' });
    await world.read();
    expect(world.copy.contentsRead).toBe(0);
    expect(differences(world.copy, await world.dump())).toEqual([]);
  });

  it.each([1, 2, 3, 4])('is followed through a life of changes (%d)', async (seed) => {
    await world.read();
    for (let week = 0; week < 2; week += 1) {
      await world.live(80, seed * 10 + week);
      await world.read();
      expect(differences(world.copy, await world.dump())).toEqual([]);
    }
  });

  it('is listed afresh when the service forgot where we were, and read again only where it changed', async () => {
    await world.read();
    await world.live(30, 5);
    await world.control('POST', '/faults', { fault: 'delta-lost', times: 3, match: { path: 'delta' } });
    world.copy.contentsRead = 0;
    await world.read();
    expect(differences(world.copy, await world.dump())).toEqual([]);
    expect(world.copy.contentsRead).toBeLessThan(31);
  });

  it('is read whole through a bad network and with expired addresses', async () => {
    await world.control('POST', '/faults', [
      { fault: 'reset', bytes: 3_000, probability: 0.2, match: { path: 'download' } },
      { fault: 'expired-url', probability: 0.1, match: { path: 'download' } },
      { fault: 'reset', probability: 0.05 },
      { fault: '503', retryAfterSeconds: 0, probability: 0.05 },
      { fault: '429', retryAfterSeconds: 0, probability: 0.05 },
    ]);
    await world.read();
    await world.control('DELETE', '/faults');
    expect(differences(world.copy, await world.dump())).toEqual([]);
  });

  it.each(['short', ''])('says that a file changed which is shorter by the time it is read (%p)', async (text) => {
    await world.control('PATCH', `/tenants/${world.tenantId}/switches`, { 'drive.download-url-shows': 'content-now' });
    await world.mutate({ op: 'create-file', path: 'Shrinking.txt', text: 'a long text'.repeat(200) });
    await world.read();
    const [id, record] = [...world.copy.records].find(([, { name }]) => name === 'Shrinking.txt')!;
    const reader = new DriveReader(world.connect(), world.userId);
    for await (const change of reader.enumerate(undefined, never)) expect(change).toBeDefined();
    await world.mutate({ op: 'edit', path: 'Shrinking.txt', text });
    await expect(Array.fromAsync(reader.readContent(id, record, never))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('counts what the service counts', async () => {
    await world.read();
    for (const { parentId, items } of await world.reader.counts()) {
      const inside = [...world.copy.records.values()].filter((record) => record.parentId === parentId).length;
      expect(inside + skippedIn(await world.dump(), world.copy, parentId)).toBe(items);
    }
  });

  it('counts no folder that went untold with the one above it', async () => {
    await world.control('PATCH', `/tenants/${world.tenantId}/switches`, {
      'drive.delta-lists-deleted-descendants': false,
    });
    await world.mutate({ op: 'create-folder', path: 'above' });
    await world.mutate({ op: 'create-folder', path: 'above/below' });
    await world.read();
    await world.mutate({ op: 'delete', path: 'above' });
    world.copy.cursor = undefined;
    await world.read();
    const there = new Set([...world.copy.records].map(([id]) => id));
    expect((await world.reader.counts()).filter(({ parentId }) => !there.has(parentId))).toEqual([]);
  });
});
