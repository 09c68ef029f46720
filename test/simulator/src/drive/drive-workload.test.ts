import { describe, expect, it, jest } from '@jest/globals';
import { Rng } from '../core/rng.js';
import type { DumpEntry } from '../core/workload.js';
import { driveWorkload } from './drive-workload.js';
import { TenantUnderTest } from './testing/tenant-under-test.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

async function dump(test: TenantUnderTest): Promise<DumpEntry[]> {
  const entries: DumpEntry[] = [];
  for await (const entry of driveWorkload.dump(test.tenant, test.ada.id)) entries.push(entry);
  return entries;
}

describe('driveWorkload', () => {
  it('makes the same drive and the same life from the same seed, and others from others', async () => {
    const lived = async (seed: string) => {
      const test = new TenantUnderTest(50, seed);
      const rng = new Rng('life');
      for (let i = 0; i < 80; i++) driveWorkload.live(test.tenant, test.ada, rng);
      return dump(test);
    };
    const first = await lived('a');
    expect(await lived('a')).toEqual(first);
    expect((await lived('b')).map(({ key }) => key)).not.toEqual(first.map(({ key }) => key));
  });

  it('makes as many files as it was asked for', async () => {
    for (const files of [0, 1, 5, 50]) {
      const entries = await dump(new TenantUnderTest(files));
      expect(entries.filter(({ contentHash }) => contentHash !== undefined)).toHaveLength(files);
    }
  });

  it('dumps unique paths with size, hashes, times and versions', async () => {
    const entries = await dump(new TenantUnderTest(200));
    expect(new Set(entries.map(({ key }) => key.toLowerCase())).size).toBe(entries.length);
    const letter = entries.find(({ key }) => key === 'shared letter.docx');
    expect(letter).toMatchObject({
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      fields: { kind: 'file', versions: 1 },
    });
    expect(entries.some(({ fields }) => fields.size === 0)).toBe(true);
    expect(entries.some(({ key }) => key.split('/').length > 10)).toBe(true);
  });

  it('shares contents between colleagues', async () => {
    const test = new TenantUnderTest(300);
    const hashesOf = async (userId: string) => {
      const hashes = new Set<string>();
      for await (const { contentHash } of driveWorkload.dump(test.tenant, userId))
        if (contentHash !== undefined) hashes.add(contentHash);
      return hashes;
    };
    const [ada, ben] = [await hashesOf(test.ada.id), await hashesOf(test.ben.id)];
    expect([...ada].filter((hash) => ben.has(hash)).length).toBeGreaterThan(5);
  });

  it('destroys about the share it was asked to, and nothing that is checked out', async () => {
    const test = new TenantUnderTest(200);
    const before = await dump(test);
    driveWorkload.destroy(test.tenant, test.ada, new Rng('attacker'), 0.5);
    const after = new Map((await dump(test)).map((entry) => [entry.key, entry.contentHash]));
    const hit = before.filter(({ key, contentHash }) => contentHash !== undefined && after.get(key) !== contentHash);
    expect(hit.length).toBeGreaterThan(60);
    expect(hit.length).toBeLessThan(180);
    expect(after.has('checked out.docx')).toBe(true);
    expect([...after.keys()].some((key) => key.endsWith('.locked'))).toBe(true);
  });

  it('performs scripted changes and refuses senseless ones', async () => {
    const test = new TenantUnderTest(0);
    const mutate = (op: object) => driveWorkload.mutate(test.tenant, { user: test.ada.id, ...op });
    await mutate({ op: 'create-folder', path: 'a' });
    await mutate({ op: 'create-folder', path: 'book', package: true });
    const { itemId } = await mutate({ op: 'create-file', path: 'a/x.txt', text: 'one' });
    await mutate({ op: 'edit', itemId, text: 'two' });
    await mutate({ op: 'rename', itemId, name: 'y.txt' });
    await mutate({ op: 'move', itemId, to: '' });
    await mutate({ op: 'describe', itemId, description: 'd' });
    await mutate({ op: 'delete', path: 'a' });
    expect((await dump(test)).map(({ key, fields }) => [key, fields.versions, fields.description])).toEqual([
      ['book', undefined, null],
      ['y.txt', 2, 'd'],
    ]);
    await mutate({ op: 'delete', itemId });
    await mutate({ op: 'restore', itemId });
    for (const op of [
      { op: 'fly' },
      { op: 'edit', path: 'nothing' },
      { op: 'create-folder', path: 'BOOK' },
      { op: 'create-file', path: 'a:b' },
    ]) {
      await expect(mutate(op)).rejects.toMatchObject({ status: 400 });
    }
  });
});
