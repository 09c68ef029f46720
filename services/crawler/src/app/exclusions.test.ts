import type { ItemRecord } from '@holdfast/vault';
import { DELETION_CAUSES } from '@holdfast/workloads';
import { describe, expect, it } from '@jest/globals';
import { Exclusions } from './exclusions.js';
import type { ItemChange, Known } from './item-change.js';

const { deleted, below } = DELETION_CAUSES;
const record = (kind: ItemRecord['kind'], parentId?: string): ItemRecord => ({
  ...{ kind, name: 'Secret', bytes: 7, properties: { subject: 'Secret' } },
  ...(parentId !== undefined && { parentId }),
});
const change = (id: string, parentId = 'top', kind: ItemRecord['kind'] = 'file'): ItemChange => ({
  ...{ type: 'item', id },
  record: record(kind, parentId),
});
const leftOut = (code: string): ItemRecord => ({ ...record('file', 'top'), leftOut: { as: 'excluded', cause: code } });

/** The cause of each change, where the snapshot before has these records. */
function causes(named: readonly string[], changes: readonly ItemChange[], before: Record<string, ItemRecord> = {}) {
  const known = (id: string): Known => ({ stored: before[id], word: undefined });
  return new Exclusions(new Set(named))
    .apply(changes, known)
    .map((one) => (one.type === 'skipped' ? one.cause.code : undefined));
}

describe('Exclusions', () => {
  it('let everything through where nothing is kept out, and ask for no folders', () => {
    const exclusions = new Exclusions(new Set());
    expect(exclusions.idsToKnow([change('a', 'f')])).toEqual(['a']);
    const changes = [change('a', 'f')];
    expect(exclusions.apply(changes, () => ({ stored: undefined, word: undefined }))).toEqual(changes);
  });

  it.each([
    ['what is named', ['a'], [change('a')], {}, [deleted.code]],
    ['what lies in a folder that is named', ['f'], [change('a', 'f')], {}, [below.code]],
    [
      'what lies deeper, in folders that are told of first',
      ['f'],
      [change('g', 'f', 'drive-folder'), change('a', 'g')],
      {},
      [below.code, below.code],
    ],
    [
      'what lies deeper, in a folder that was kept out before',
      ['f'],
      [change('a', 'g')],
      { g: leftOut(below.code) },
      [below.code],
    ],
    [
      'what was deleted, wherever it lies by now',
      ['f'],
      [change('a', 'elsewhere')],
      { a: leftOut(deleted.code) },
      [deleted.code],
    ],
    ['what was deleted, whatever is still named', [], [change('a')], { a: leftOut(deleted.code) }, [deleted.code]],
    [
      'what is new in a folder that was deleted with one above',
      ['f'],
      [change('a', 'g')],
      { g: leftOut(deleted.code) },
      [below.code],
    ],
    ['not what came later and has moved out', ['f'], [change('a', 'top')], { a: leftOut(below.code) }, [undefined]],
    [
      'not what lies in a folder that has moved out',
      ['f'],
      [change('g', 'top', 'drive-folder'), change('a', 'g')],
      { g: leftOut(below.code) },
      [undefined, undefined],
    ],
    [
      'not the top of a drive, but all in it',
      ['r'],
      [change('r', '', 'drive-root'), change('a', 'r')],
      {},
      [undefined, below.code],
    ],
    ['not what is skipped for another cause elsewhere', ['f'], [change('a')], { a: leftOut('malware') }, [undefined]],
  ] as const)('keep out %s', (_, named, changes, before, expected) => {
    expect(causes(named, changes, before)).toEqual(expected);
  });

  it('leave of an item no more than its kind and folder', () => {
    const [kept] = new Exclusions(new Set(['a'])).apply([change('a')], () => ({ stored: undefined, word: undefined }));
    expect(kept).toEqual({
      ...{ type: 'skipped', id: 'a', cause: deleted },
      record: { kind: 'file', parentId: 'top', name: '', bytes: 0, properties: {} },
    });
  });
});
