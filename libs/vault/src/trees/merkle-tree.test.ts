import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pagesOf } from '../page-cursor.js';
import type { ChangePages } from './apply-changes.js';
import { MerkleTree } from './merkle-tree.js';
import type { TreeEntry } from './tree-node.js';
import type { TreeRoot } from './tree-root.js';

const shape = { leafFanout: 3, innerFanout: 3 };
const treeKey = Buffer.alloc(32, 7);

type Model = ReadonlyMap<string, string>;

const keys = fc.integer({ min: 0, max: 200 }).map((n) => `key-${n}`);
const edits = fc.array(fc.tuple(keys, fc.option(fc.string({ maxLength: 4 }), { freq: 2 })), { maxLength: 60 });
const batches = fc.array(edits, { minLength: 1, maxLength: 6 });

function tree(store = new MemoryChunkStore()): MerkleTree {
  return MerkleTree.of({ store, treeKey }, shape);
}

function sorted(changes: Iterable<readonly [string, string | null]>): ChangePages {
  const edits = [...new Map(changes)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key: Buffer.from(key), value: value === null ? undefined : Buffer.from(value) }));
  return pagesOf(edits, 7);
}

async function collect(entries: AsyncIterable<TreeEntry>): Promise<Model> {
  const found = new Map<string, string>();
  for await (const { key, value } of entries) found.set(Buffer.from(key).toString(), Buffer.from(value).toString());
  return found;
}

function edited(model: Model, changes: readonly (readonly [string, string | null])[]): Model {
  const next = new Map(model);
  for (const [key, value] of changes)
    if (value === null) next.delete(key);
    else next.set(key, value);
  return next;
}

function inOrder(model: Model): [string, string][] {
  return [...model].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('MerkleTree', () => {
  it('holds what a map holds after the same edits, and its root depends on the entries alone', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (history) => {
        const subject = tree();
        let root: TreeRoot | undefined;
        let model: Model = new Map();
        for (const changes of history) {
          root = await subject.edit(root, sorted(changes));
          model = edited(model, changes);
          expect([...(await collect(subject.scan(root)))]).toEqual(inOrder(model));
          expect(root?.entries ?? 0).toBe(model.size);
        }
        expect(await subject.edit(undefined, sorted(model))).toEqual(root);
      }),
      { numRuns: 150 },
    );
  });

  it('finds each of many keys, present or not', async () => {
    await fc.assert(
      fc.asyncProperty(edits, fc.uniqueArray(keys), async (changes, wanted) => {
        const subject = tree();
        const model = edited(new Map(), changes);
        const root = await subject.edit(undefined, sorted(changes));
        const ordered = wanted.sort();
        const found = await subject.getMany(
          root,
          ordered.map((key) => Buffer.from(key)),
        );
        expect(found.map((value) => value && Buffer.from(value).toString())).toEqual(
          ordered.map((key) => model.get(key)),
        );
      }),
    );
  });

  it('scans and counts by prefix, and goes on after a key', async () => {
    await fc.assert(
      fc.asyncProperty(edits, keys, fc.integer({ min: 4, max: 7 }), async (changes, after, length) => {
        const subject = tree();
        const root = await subject.edit(undefined, sorted(changes));
        const range = { prefix: Buffer.from('key-17'.slice(0, length)), after: Buffer.from(after) };
        const expected = inOrder(edited(new Map(), changes)).filter(
          ([key]) => key > after && key.startsWith(range.prefix.toString()),
        );
        expect([...(await collect(subject.scan(root, range)))]).toEqual(expected);
        expect(await subject.count(root, range)).toBe(expected.length);
      }),
    );
  });

  it('tells exactly what differs between two trees', async () => {
    await fc.assert(
      fc.asyncProperty(edits, edits, async (first, second) => {
        const subject = tree();
        const before = await subject.edit(undefined, sorted(first));
        const after = await subject.edit(before, sorted(second));
        const a = edited(new Map(), first);
        const b = edited(a, second);
        const expected = [...new Set([...a.keys(), ...b.keys()])].sort().filter((key) => a.get(key) !== b.get(key));
        const found: string[] = [];
        for await (const difference of subject.diff(before, after)) {
          const key = Buffer.from(difference.key).toString();
          expect(difference.before && Buffer.from(difference.before).toString()).toBe(a.get(key));
          expect(difference.after && Buffer.from(difference.after).toString()).toBe(b.get(key));
          found.push(key);
        }
        expect(found).toEqual(expected);
      }),
    );
  });

  it.each([1, 2])('refuses changes that are not ascending, %s to a page', async (most) => {
    const backwards = ['b', 'a'].map((key) => ({ key: Buffer.from(key), value: Buffer.from('') }));
    await expect(tree().edit(undefined, pagesOf(backwards, most))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('refuses a node that is not what its parent says', async () => {
    const store = new MemoryChunkStore();
    const subject = tree(store);
    const root = await subject.edit(undefined, sorted([['a', '1']]));
    const lied = { ...root!, entries: 2 };
    await expect(collect(tree(store).scan(lied))).rejects.toMatchObject({ code: 'VAULT_OBJECT_INVALID' });
  });
});

describe('MerkleTree with the shape of a mailbox', () => {
  const mailbox = { leafFanout: 12, innerFanout: 64 };
  const size = 20_000;
  const id = (n: number) =>
    `AAMkAGI2THVSAAA${'x'.repeat(90)}${((n * 2_654_435_761) % 2 ** 32).toString(36).padStart(8, '0')}`;

  async function build(store: MemoryChunkStore): Promise<{ subject: MerkleTree; root: TreeRoot | undefined }> {
    const subject = MerkleTree.of({ store, treeKey }, mailbox);
    const entries = Array.from({ length: size }, (_, n) => [id(n), 'r'.repeat(600)] as const);
    return { subject, root: await subject.edit(undefined, sorted(entries)) };
  }

  it('has nodes of 8 to 16 KiB in the middle and never large ones', async () => {
    const store = new MemoryChunkStore();
    await build(store);
    const sizes = [...store.chunks.values()].map((chunk) => chunk.length).sort((a, b) => a - b);
    const mean = sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length;
    expect(mean).toBeGreaterThan(6 * 1024);
    expect(mean).toBeLessThan(16 * 1024);
    expect(sizes.at(-1)).toBeLessThan(160 * 1024);
  });

  it('reads and writes in proportion to the changes', async () => {
    const store = new MemoryChunkStore();
    const { subject, root } = await build(store);
    store.reads = store.written = 0;
    const next = await subject.edit(
      root,
      sorted(Array.from({ length: 20 }, (_, n) => [id(n * 911), 'changed'] as const)),
    );
    expect(next?.entries).toBe(size);
    expect(store.written).toBeLessThanOrEqual(20 * 3);
    expect(store.reads).toBeLessThanOrEqual(20 * 3);

    store.reads = 0;
    let differences = 0;
    for await (const _ of subject.diff(root, next)) differences++;
    expect(differences).toBe(20);
    expect(store.reads).toBeLessThanOrEqual(2 * 20 * 3);
  });

  it('looks many keys up with one call for each level, and each node once', async () => {
    let calls = 0;
    const store = new (class extends MemoryChunkStore {
      override getMany(...asked: Parameters<MemoryChunkStore['getMany']>) {
        calls += 1;
        return super.getMany(...asked);
      }
    })();
    const { root } = await build(store);
    const wanted = Array.from({ length: 100 }, (_, n) => id(n * 197)).sort();
    const subject = MerkleTree.of({ store, treeKey }, mailbox);
    store.reads = calls = 0;
    const found = await subject.getMany(
      root,
      [...wanted, 'nobody'].map((key) => Buffer.from(key)),
    );
    expect(found.map((value) => value?.length)).toEqual([...wanted.map(() => 600), undefined]);
    expect(calls).toBe((root?.level ?? 0) + 1);
    expect(store.reads).toBeLessThanOrEqual(100 * 2 + 1);
  });

  it('writes nothing for changes that change nothing', async () => {
    const store = new MemoryChunkStore();
    const { subject, root } = await build(store);
    store.written = 0;
    expect(
      await subject.edit(
        root,
        sorted([
          [id(5), 'r'.repeat(600)],
          ['nobody', null],
        ]),
      ),
    ).toEqual(root);
    expect(store.written).toBe(0);
  });
});
