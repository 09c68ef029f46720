import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Difference } from './compare.js';
import { judge, parseFidelity } from './fidelity.js';

const table = (...rows: string[]) =>
  ['| item | field | what happens | because |', '| - | - | - | - |', ...rows].join('\n');
const row = '| message | `changeKey` | Is made afresh. | a page |';
const difference = (kind: string, field: string): Difference => ({ userId: 'u', key: 'k', was: 1, is: 2, kind, field });

describe('docs/fidelity.md', () => {
  it('can be read', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../../../docs/fidelity.md'), 'utf8');
    expect(parseFidelity(text).length).toBeGreaterThan(10);
  });

  it('declares single fields only, each with its source', () => {
    expect(parseFidelity(table(row))).toHaveLength(1);
    expect(() => parseFidelity(table('| file | `content` | Is lost. | a page |'))).toThrow('an entry has to be');
    expect(() => parseFidelity(table('| file | `(missing)` | Is lost. | a page |'))).toThrow('an entry has to be');
    expect(() => parseFidelity(table('| file | `*` | Is lost. | a page |'))).toThrow('an entry has to be');
    expect(() => parseFidelity(table('| file | `cTag` | Is lost. |  |'))).toThrow('an entry has to be');
  });

  it('excuses a field of its kind and nothing else', () => {
    const differences = [
      difference('message', 'changeKey'),
      difference('message', 'changeKey'),
      difference('file', 'changeKey'),
      difference('message', 'subject'),
    ];
    const { declared, undeclared } = judge(differences, parseFidelity(table(row)));
    expect(declared).toMatchObject([{ entry: { kind: 'message', field: 'changeKey' }, count: 2 }]);
    expect(undeclared).toHaveLength(2);
  });
});
