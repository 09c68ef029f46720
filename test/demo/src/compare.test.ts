import { describe, expect, it } from '@jest/globals';
import { compareModels } from './compare.js';
import type { ModelEntry } from './simulator-control.js';

const message = (change: Partial<ModelEntry> = {}, fields: Record<string, unknown> = {}): ModelEntry => ({
  userId: 'u',
  kind: 'message',
  id: 'id-1',
  key: 'Inbox/<a@b>#0',
  fields: { subject: 'Hello', attachments: [], properties: {}, ...fields },
  ...change,
});
const reference = { kind: 'reference', name: 'link' };
const file = { kind: 'file', name: 'a.txt', size: 3 };
const names = (models: { was: ModelEntry[]; damaged: ModelEntry[]; is: ModelEntry[] }) =>
  compareModels(models).map(({ kind, field }) => `${kind}.${field}`);

describe('the comparison of a tenant with what it was', () => {
  it('finds nothing where nothing changed', () => {
    expect(names({ was: [message()], damaged: [message()], is: [message()] })).toEqual([]);
  });

  it('lets a destroyed item come back under another id', () => {
    expect(names({ was: [message()], damaged: [], is: [message({ id: 'id-2' })] })).toEqual([]);
  });

  it('finds that an unharmed item was made anew', () => {
    expect(names({ was: [message()], damaged: [message()], is: [message({ id: 'id-2' })] })).toEqual([
      'message.(touched)',
    ]);
  });

  it('finds what is missing and what is too much', () => {
    const other = message({ id: 'id-9', key: 'Inbox/<c@d>#0' });
    expect(names({ was: [message()], damaged: [], is: [other] })).toEqual(['message.(missing)', 'message.(extra)']);
  });

  it.each([
    ['a field', { subject: 'Bye' }, 'message.subject'],
    ['the MIME form', { mimeSha256: 'x' }, 'message.$value'],
    [
      'the mark of a restore',
      { properties: { 'String {1} Name HoldfastOrigin': 'x' } },
      'message.singleValueExtendedProperties',
    ],
    [
      'another property',
      { properties: { 'String {1} Name Other': 'x' } },
      'message.singleValueExtendedProperties[String {1} Name Other]',
    ],
  ])('names %s as Graph does', (_what, fields, name) => {
    expect(names({ was: [message()], damaged: [], is: [message({}, fields)] })).toEqual([name]);
  });

  it('tells the loss of a link from the loss of an attachment', () => {
    const was = message({}, { attachments: [reference, file] });
    expect(names({ was: [was], damaged: [], is: [message({}, { attachments: [file] })] })).toEqual([
      'message.attachments[reference]',
    ]);
    expect(names({ was: [was], damaged: [], is: [message()] })).toEqual([
      'message.attachments[reference]',
      'message.attachments',
    ]);
  });

  it('compares the content of files', () => {
    const drive = (contentHash: string, id: string): ModelEntry => ({
      ...message({ kind: 'driveItem', id, key: 'a.txt', contentHash }),
      fields: { kind: 'file' },
    });
    expect(names({ was: [drive('1', 'f')], damaged: [], is: [drive('2', 'f')] })).toEqual(['file.content']);
  });
});
