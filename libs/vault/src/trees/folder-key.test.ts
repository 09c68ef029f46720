import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ItemRecord } from '../item-record.js';
import { decodeFolderKey, encodeFolderKey, sortKeyOf } from './folder-key.js';

const id = fc.stringMatching(/^[A-Za-z0-9_=-]{1,40}$/);
const record = fc.record({
  kind: fc.constantFrom('message' as const, 'file' as const, 'drive-folder' as const),
  name: fc.string({ unit: 'binary', maxLength: 200 }),
  sortAt: fc.integer({ min: -1e14, max: 1e14 }),
});

const full = (part: { kind: ItemRecord['kind']; name: string; sortAt?: number }): ItemRecord => ({
  ...part,
  bytes: 0,
  properties: {},
});
const order = (...records: ItemRecord[]) =>
  records
    .map((each) => ({
      name: each.name,
      key: encodeFolderKey({ parentId: 'p', sortKey: sortKeyOf(each), itemId: 'i' }),
    }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ name }) => name);

describe('folder key', () => {
  it('comes apart into what it was made of', () => {
    fc.assert(
      fc.property(fc.option(id, { nil: '' }), record, id, (parentId, part, itemId) => {
        const key = { parentId, sortKey: sortKeyOf(full(part)), itemId };
        const decoded = decodeFolderKey(encodeFolderKey(key));
        expect({ ...decoded, sortKey: Buffer.from(decoded.sortKey) }).toEqual({
          ...key,
          sortKey: Buffer.from(key.sortKey),
        });
      }),
    );
  });

  it('lists folders before files, by name, and messages latest first', () => {
    const sorted = order(
      full({ kind: 'message', name: 'older', sortAt: 5 }),
      full({ kind: 'file', name: 'b.txt' }),
      full({ kind: 'drive-folder', name: 'Zoo' }),
      full({ kind: 'message', name: 'newer', sortAt: 6 }),
      full({ kind: 'file', name: 'A.txt' }),
      full({ kind: 'message', name: 'ancient', sortAt: -1 }),
    );
    expect(sorted).toEqual(['Zoo', 'A.txt', 'b.txt', 'newer', 'older', 'ancient']);
  });
});
