import { expect, it } from '@jest/globals';
import { counted } from './counted.js';
import type { SourceChange, SourceRecord } from './reader.port.js';

const record: SourceRecord = { kind: 'file', name: 'A name', bytes: 0, properties: {} };
const item = (id: string): SourceChange => ({ type: 'item', id, record });
const cause = { as: 'skipped', code: 'malware', because: 'It is.' } as const;

async function* toAsync(changes: readonly SourceChange[]) {
  yield* changes;
}

it('tells before each cursor, and at the end, of how many items it told', async () => {
  const changes: SourceChange[] = [
    item('a'),
    { type: 'removed', id: 'b' },
    { type: 'skipped', id: 'c', record, cause },
    { type: 'cursor', cursor: { '': '1' } },
    { type: 'unreadable', id: 'd', kind: 'file', parentId: 'root', error: new Error('not now') },
  ];
  const told = await Array.fromAsync(counted(toAsync(changes)));
  expect(told).toEqual([
    ...changes.slice(0, 3),
    { type: 'told', items: 2 },
    ...changes.slice(3),
    { type: 'told', items: 1 },
  ]);
});
