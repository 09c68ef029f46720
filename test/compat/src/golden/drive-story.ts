import { parseResourceId } from '@holdfast/kernel';
import type { ItemKind, ItemRecord } from '@holdfast/vault';
import { file, noise, repeated, table } from './contents.js';
import type { Story, StoryContent, StoryItem } from './story.js';

const TOP = '01ROOT';
const DOCUMENTS = '01DOCUMENTS';
const DEEP = '01DEEP';
const DEEPER = '01DEEPER';
const NOTEBOOK = '01NOTEBOOK';

const modified = Date.UTC(2025, 5, 30, 23, 59, 59, 999);

function folder(kind: ItemKind, id: string, parentId: string | undefined, name: string): StoryItem {
  return {
    id,
    record: { kind, ...(parentId !== undefined && { parentId }), name, modifiedAt: modified, properties: {} },
  };
}

interface DriveFile {
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  readonly content?: StoryContent;
  readonly version?: number;
  readonly kind?: ItemKind;
  readonly description?: string;
  readonly leftOut?: NonNullable<ItemRecord['leftOut']>;
}

function item({ id, parentId, name, content, version = 1, kind = 'file', description, leftOut }: DriveFile): StoryItem {
  return {
    id,
    record: {
      kind,
      parentId,
      name,
      createdAt: modified - 86_400_000,
      modifiedAt: modified + version * 1000,
      changeTag: `"{${id}},${version}"`,
      contentTag: `"c:{${id}},${version}"`,
      properties: {
        lastModifiedBy: { user: { displayName: 'Ada Example' } },
        ...(description !== undefined && { description }),
      },
      ...(leftOut && { leftOut }),
    },
    ...(content && { content }),
  };
}

const LONG_NAME = `${'Größe '.repeat(35)}end.docx`;
/** 180 bytes with the extension. */
const LONG_PATH = `${'Größe '.repeat(21)}Größe.docx`;
const block = repeated('block', 16_384, 300);
/** Ten bytes more in the middle: all chunks but those around it stay. */
const changedBlock = Buffer.concat([
  block.subarray(0, 2_000_000),
  Buffer.from('0123456789'),
  block.subarray(2_000_000),
]);

const notes = { id: '01NOTES', parentId: DOCUMENTS, name: 'notes.txt' };
const figures = { id: '01FIGURES', content: file(table(1500)) };
const device = { id: '01DEVICE', parentId: TOP, name: 'con.txt', content: file('A name that Windows keeps.\n') };
const random = file(noise('random', 20_000));

export const DRIVE_STORY: Story = {
  resource: parseResourceId('drive.b_a11ce'),
  steps: [
    {
      put: [
        folder('drive-root', TOP, undefined, 'root'),
        folder('drive-folder', DOCUMENTS, TOP, 'Documents'),
        folder('drive-folder', '01NOTHING', TOP, 'Empty folder'),
        folder('drive-folder', DEEP, DOCUMENTS, 'Deep'),
        folder('drive-folder', DEEPER, DEEP, '日本語. '),
        folder('package', NOTEBOOK, DOCUMENTS, 'Notebook'),
        item({ id: '01SECTION', parentId: NOTEBOOK, name: 'Section.one', content: file(noise('section', 3000)) }),
        item({ ...notes, content: file('Buy milk.\n') }),
        item({ id: '01EMPTY', parentId: TOP, name: 'empty.bin', content: file('') }),
        item({ ...figures, parentId: DOCUMENTS, name: 'figures.csv' }),
        item({ id: '01BLOCK', parentId: DEEPER, name: 'block.bin', content: file(block) }),
        item({
          id: '01RANDOM',
          parentId: DEEP,
          name: 'random.bin',
          content: random,
          description: 'long '.repeat(1000),
        }),
        item({ id: '01LONG', parentId: TOP, name: LONG_NAME, content: file('Long.') }),
        item(device),
        item({ id: '01SHORTCUT', parentId: TOP, name: 'Shared with me', kind: 'shortcut' }),
        item({ id: '01VIRUS', parentId: TOP, name: 'eicar.com', leftOut: { as: 'skipped', cause: 'malware' } }),
        item({ id: '01IMAGE', parentId: TOP, name: 'disk.iso', leftOut: { as: 'excluded', cause: 'file-type' } }),
      ],
      log: [
        {
          at: modified,
          about: 'skipped',
          itemId: '01VIRUS',
          path: 'eicar.com',
          code: 'malware',
          reason: 'Microsoft keeps it back.',
        },
        {
          at: modified,
          about: 'excluded',
          itemId: '01IMAGE',
          path: 'disk.iso',
          code: 'file-type',
          reason: 'A rule of the set.',
        },
      ],
      cursor: { drive: 'token-1' },
      files: {
        '01SECTION': 'Documents/Notebook/Section.one',
        '01NOTES': 'Documents/notes.txt',
        '01EMPTY': 'empty.bin',
        '01FIGURES': 'Documents/figures.csv',
        '01BLOCK': 'Documents/Deep/日本語/block.bin',
        '01RANDOM': 'Documents/Deep/random.bin',
        '01LONG': LONG_PATH,
        '01DEVICE': '_con.txt',
      },
    },
    {
      put: [
        item({ ...notes, content: file('Buy milk and bread.\n'), version: 2 }),
        item({ ...figures, parentId: DEEP, name: 'figures 2026.csv', version: 2 }),
        item({ id: '01COPY', parentId: TOP, name: 'copy of random.bin', content: random }),
      ],
      removed: ['01EMPTY'],
      log: [
        {
          at: modified,
          about: 'vanished',
          itemId: '01EMPTY',
          path: 'empty.bin',
          code: 'REMOVED',
          reason: 'It was deleted.',
        },
      ],
      cursor: { drive: 'token-2' },
      files: {
        '01SECTION': 'Documents/Notebook/Section.one',
        '01NOTES': 'Documents/notes.txt',
        '01FIGURES': 'Documents/Deep/figures 2026.csv',
        '01BLOCK': 'Documents/Deep/日本語/block.bin',
        '01RANDOM': 'Documents/Deep/random.bin',
        '01COPY': 'copy of random.bin',
        '01LONG': LONG_PATH,
        '01DEVICE': '_con.txt',
      },
    },
    {
      put: [
        folder('drive-folder', DEEP, TOP, 'Tief'),
        item({ id: '01BLOCK', parentId: DEEPER, name: 'block.bin', content: file(changedBlock), version: 2 }),
      ],
      removed: ['01DEVICE', '01IMAGE'],
      cursor: { drive: 'token-3' },
      files: {
        '01SECTION': 'Documents/Notebook/Section.one',
        '01NOTES': 'Documents/notes.txt',
        '01FIGURES': 'Tief/figures 2026.csv',
        '01BLOCK': 'Tief/日本語/block.bin',
        '01RANDOM': 'Tief/random.bin',
        '01COPY': 'copy of random.bin',
        '01LONG': LONG_PATH,
      },
    },
  ],
};
