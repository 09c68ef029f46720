import { parseChunkId, parsePackName, type PackName } from '@holdfast/kernel';
import type { ContentRef } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import type { BigIntStats } from 'node:fs';
import { ProvenContents } from './proven-contents.js';

const packOf = (digit: string): PackName => parsePackName(digit.repeat(64));
const file = (ino: bigint, ctimeNs = 1n) => ({ dev: 1n, ino, size: 10n, ctimeNs }) as BigIntStats;
const content: ContentRef = {
  bytes: 3,
  form: 'bytes',
  sha256: new Uint8Array(32),
  chunks: [parseChunkId('c'.repeat(64))],
  depth: 0,
};

function provenOver(files: ReadonlyMap<PackName, BigIntStats>): ProvenContents {
  const proven = new ProvenContents();
  proven.seePacks(files);
  proven.add(content);
  return proven;
}

describe('what was proven', () => {
  const before = new Map([[packOf('a'), file(1n)]]);

  it.each([
    ['stays so beside new packs', new Map([...before, [packOf('b'), file(2n)]]), true],
    ['has to be read again when a pack is gone', new Map(), false],
    ['has to be read again when a pack is another file', new Map([[packOf('a'), file(3n)]]), false],
    ['has to be read again when a pack was written to', new Map([[packOf('a'), file(1n, 2n)]]), false],
  ])('%s', (_, after: ReadonlyMap<PackName, BigIntStats>, isProven) => {
    const proven = provenOver(before);
    proven.seePacks(after);
    expect(proven.has(content)).toBe(isProven);
  });

  it.each([
    ['length', { bytes: 4 }],
    ['form', { form: 'mime' }],
    ['hash', { sha256: new Uint8Array(32).fill(1) }],
    ['chunks', { chunks: [parseChunkId('d'.repeat(64))] }],
  ] as const)('says nothing of a content of another %s', (_, other) => {
    expect(provenOver(before).has({ ...content, ...other })).toBe(false);
  });
});
