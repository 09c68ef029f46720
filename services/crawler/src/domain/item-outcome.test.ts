import { describe, expect, it } from '@jest/globals';
import type { ContentRef, ItemRecord } from '@holdfast/vault';
import { itemOutcome, SKIP_PROPERTY } from './item-outcome.js';

const content = (byte: number): ContentRef => ({
  bytes: 3,
  form: 'bytes',
  sha256: new Uint8Array(32).fill(byte),
  chunks: [],
  depth: 0,
});
const mail: ItemRecord = {
  kind: 'message',
  parentId: 'inbox',
  name: 'Budget',
  bytes: 3,
  changeTag: 'a',
  properties: {},
  content: content(1),
};

describe('itemOutcome', () => {
  it.each([
    ['new', undefined, mail],
    ['deleted', mail, undefined],
    ['unchanged', mail, { ...mail }],
    ['updated', mail, { ...mail, changeTag: 'b', content: content(2) }],
    ['attributes-changed', mail, { ...mail, changeTag: 'b' }],
    ['moved', mail, { ...mail, parentId: 'archive' }],
    ['updated', mail, { ...mail, parentId: 'archive', content: content(2) }],
    ['skipped', undefined, { ...mail, properties: { [SKIP_PROPERTY]: 'malware' } }],
    [undefined, undefined, undefined],
  ] as const)('says %s', (outcome, before, after) => {
    expect(itemOutcome(before, after)).toBe(outcome);
  });
});
