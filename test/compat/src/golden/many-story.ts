import { parseResourceId } from '@holdfast/kernel';
import { file, noise } from './contents.js';
import { seeded } from './seeded.js';
import type { Story, StoryItem } from './story.js';

const TOP = '01TOP';
const FOLDERS = 40;
const FILES = 3000;
/** Of these the first job finds so many. */
const FOUND_FIRST = 2500;
/** Of these files the content is kept, so that they are restored. */
const KEPT_EVERY = 400;

const folderId = (at: number) => `01FOLDER${at}`;
/** Ids as the service gives them: in no order. */
const ids = Array.from(
  { length: FILES },
  (_, at) =>
    `01${Buffer.from(seeded(`many ${at}`)(12))
      .toString('hex')
      .toUpperCase()}`,
);
const nameOf = (at: number) => `File ${String(at).padStart(5, '0')}.bin`;
const pathOf = (at: number) => `Folder ${at % FOLDERS}/${nameOf(at)}`;

function many(at: number, version: number): StoryItem {
  const record = {
    parentId: folderId(at % FOLDERS),
    name: nameOf(at),
    modifiedAt: Date.UTC(2025, 0, 1) + at * 1000 + version,
    properties: {},
  };
  const id = ids[at] ?? '';
  if (at % KEPT_EVERY !== 0)
    return { id, record: { kind: 'file', ...record, leftOut: { as: 'excluded', cause: 'file-type' } } };
  return { id, record: { kind: 'file', ...record }, content: file(noise(`many ${at} ${version}`, 500)) };
}

const folders: StoryItem[] = [
  { id: TOP, record: { kind: 'drive-root', name: 'root', properties: {} } },
  ...Array.from({ length: FOLDERS }, (_, at): StoryItem => {
    const id = folderId(at);
    return { id, record: { kind: 'drive-folder', parentId: TOP, name: `Folder ${at}`, properties: {} } };
  }),
];

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
const filesOf = (places: readonly number[]) =>
  Object.fromEntries(places.filter((at) => at % KEPT_EVERY === 0).map((at) => [ids[at] ?? '', pathOf(at)]));

/** So many items that their trees have several levels of inner nodes, and changes that leave most nodes as they are. */
export const MANY_STORY: Story = {
  resource: parseResourceId('drive.many'),
  steps: [
    {
      put: [...folders, ...range(0, FOUND_FIRST).map((at) => many(at, 1))],
      cursor: { drive: 'token-1' },
      files: filesOf(range(0, FOUND_FIRST)),
    },
    {
      put: [...range(800, 810), ...range(FOUND_FIRST, FILES)].map((at) => many(at, 2)),
      cursor: { drive: 'token-2' },
      files: filesOf(range(0, FILES)),
    },
    {
      removed: range(1000, 1300).map((at) => ids[at] ?? ''),
      cursor: { drive: 'token-3' },
      files: filesOf([...range(0, 1000), ...range(1300, FILES)]),
    },
  ],
};
