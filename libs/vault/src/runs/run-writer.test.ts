import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RunChange } from './run-change.js';
import { RunWriter } from './run-writer.js';

const treeKey = Buffer.alloc(32, 3);
const change = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('record', 'gone', 'seen'), fc.nat(9));

function asChange([id, what, version]: [number, string, number]): RunChange {
  const value = what === 'gone' || what === 'seen' ? what : Buffer.from([0xa1, 0x01, version]);
  return { key: Buffer.from(`id-${id}`), value };
}

function text(value: RunChange['value'] | undefined): string | undefined {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

/** The last word on each key, where `seen` does not hide an older one. */
function lastWords(changes: readonly RunChange[]): Map<string, string | undefined> {
  const words = new Map<string, string | undefined>();
  for (const { key, value } of changes) {
    const id = Buffer.from(key).toString();
    if (value !== 'seen' || !words.has(id)) words.set(id, text(value));
  }
  return words;
}

describe('RunWriter', () => {
  it('gives back the last word on each key, in key order, wherever it was sealed and merged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 30 }), { maxLength: 12 }), async (batches) => {
        const writer = new RunWriter({ store: new MemoryChunkStore(), treeKey }, { bufferBytes: 2000, alike: 4 });
        const changes = batches.map((batch) => batch.map(asChange));
        for (const batch of changes) {
          for (const each of batch) await writer.put(each);
          await writer.seal();
        }
        const expected = [...lastWords(changes.flat())].sort(([a], [b]) => (a < b ? -1 : 1));
        const merged: (readonly [string, string | undefined])[] = [];
        for await (const page of writer.merged())
          for (const { key, value } of page) merged.push([Buffer.from(key).toString(), text(value)]);
        expect(merged).toEqual(expected);

        const ids = Array.from({ length: 62 }, (_, n) => `id-${n}`);
        const found = await writer.getMany(ids.map((id) => Buffer.from(id)));
        expect(found.map(text)).toEqual(ids.map((id) => new Map(expected).get(id)));
      }),
    );
  });

  it('holds two leaves of each run at most where it merges many', async () => {
    const store = new MemoryChunkStore();
    const writer = new RunWriter({ store, treeKey });
    const [runs, changes] = [300, 200];
    for (let n = 0; n < runs * changes; n += 1) {
      await writer.put({ key: Buffer.from(`id-${n % changes}-${n}`), value: 'gone' });
      if ((n + 1) % changes === 0) await writer.seal();
    }
    const perRun = store.written / runs;
    store.reads = 0;
    const merged = writer.merged()[Symbol.asyncIterator]();
    await merged.next();
    // A run's root, its first leaf and the one that is loaded ahead.
    expect(store.reads).toBeLessThanOrEqual(runs * 3);
    expect(perRun).toBeGreaterThan(6);
    let left = 0;
    for (let page = await merged.next(); !page.done; page = await merged.next()) left += page.value.length;
    expect(left).toBe(runs * changes - 64);
  });

  it('reads no run for keys that none of them holds', async () => {
    const store = new MemoryChunkStore();
    const writer = new RunWriter({ store, treeKey });
    for (let n = 0; n < 2000; n++) {
      await writer.put({ key: Buffer.from(`id-${n}`), value: 'seen' });
      if (n % 100 === 0) await writer.seal();
    }
    await writer.seal();
    store.reads = 0;
    await writer.getMany(Array.from({ length: 100 }, (_, n) => Buffer.from(`other-${n}`)));
    expect(store.reads).toBeLessThan(10);
  });
});
