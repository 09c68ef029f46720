import { parseResourceId } from '@holdfast/kernel';
import type { CborValue } from '@holdfast/vault';
import { file, mime, table } from './contents.js';
import { broken, longText, nested, plain, withAttachment, withPicture } from './messages.js';
import type { Story, StoryContent, StoryItem } from './story.js';

const TOP = 'AAMkTop';
const INBOX = 'AAMkInbox';
const ARCHIVE = 'AAMkArchive';
const YEAR = 'AAMkYear';
const PROJECTS = 'AAMkProjects';

const received = Date.UTC(2026, 0, 2, 9, 15, 30, 250);

function folder(id: string, parentId: string | undefined, name: string, wellKnownName?: string): StoryItem {
  const properties = { isHidden: false, ...(wellKnownName !== undefined && { wellKnownName }) };
  return { id, record: { kind: 'mail-folder', ...(parentId !== undefined && { parentId }), name, properties } };
}

interface Message {
  readonly id: string;
  readonly parentId: string;
  readonly subject: string;
  readonly content: StoryContent;
  /** Milliseconds after the first message. */
  readonly after?: number;
  readonly isRead?: boolean;
  readonly more?: Readonly<Record<string, CborValue>>;
}

function message({ id, parentId, subject, content, after = 0, isRead = false, more = {} }: Message): StoryItem {
  const at = received + after;
  return {
    id,
    record: {
      kind: 'message',
      parentId,
      name: subject,
      createdAt: at - 1000,
      modifiedAt: at + 5000,
      sortAt: at,
      changeTag: `CQ-${id}-${isRead ? 2 : 1}`,
      contentTag: `tag-${id}`,
      properties: {
        from: { emailAddress: { name: 'Ada Example', address: 'ada@contoso.example' } },
        isRead,
        hasAttachments: content.bytes.byteLength > 4000,
        bodyType: 'html',
        importance: 'normal',
        categories: ['Blue', 'Größer'],
        ...more,
      },
    },
    content,
    extras: { body: file(`<html><body><p>${subject}</p></body></html>`) },
  };
}

const MINUTE = 60_000;
const welcome = { id: 'AAMkWelcome', subject: 'Willkommen', content: plain('Willkommen') };
const question = { id: 'AAMkQuestion', subject: 'What is "a/b"?', content: broken(), after: 3 * MINUTE };
const picture = { id: 'AAMkPicture', subject: '', content: withPicture(), after: 4 * MINUTE };

/** So many receivers that the record is cut into pieces. */
const crowd = Array.from({ length: 4000 }, (_, at) => ({
  emailAddress: { name: `Receiver ${at}`, address: `receiver-${at}@contoso.example` },
}));

/** Numbers at the edges of what the format holds. */
const numbers = { float: 0.5, large: 2 ** 53, exact: 2 ** 53 - 1, negative: -7, wide: 2n ** 63n, nothing: null };

const search: StoryItem = {
  id: 'AAMkSearch',
  record: {
    kind: 'search-folder',
    parentId: TOP,
    name: 'Unread',
    properties: {
      filterQuery: 'isRead eq false',
      includeNestedFolders: true,
      sourceFolderIds: [INBOX],
      isHidden: false,
      isSupported: true,
    },
  },
};

const PARENT_OF_ALL = { parentId: INBOX };

export const MAIL_STORY: Story = {
  resource: parseResourceId('mail.a11ce000-0000-4000-8000-000000000001'),
  steps: [
    {
      put: [
        folder(TOP, undefined, '', 'msgfolderroot'),
        folder(INBOX, TOP, 'Posteingang', 'inbox'),
        folder(ARCHIVE, TOP, 'Archive'),
        folder(YEAR, ARCHIVE, '2025'),
        folder(PROJECTS, TOP, 'Projekte: Übersicht?'),
        search,
        message({ ...welcome, ...PARENT_OF_ALL, more: numbers }),
        message({
          id: 'AAMkFigures',
          ...PARENT_OF_ALL,
          subject: 'Figures',
          content: withAttachment('Figures', 'figures.csv', table(1500)),
          after: MINUTE,
        }),
        message({ id: 'AAMkNested', parentId: PROJECTS, subject: 'Fwd: nested', content: nested(), after: 2 * MINUTE }),
        message({ ...question, ...PARENT_OF_ALL }),
        message({ ...picture, ...PARENT_OF_ALL }),
        message({ id: 'AAMkEmpty', parentId: PROJECTS, subject: 'con', content: mime(''), after: 5 * MINUTE }),
        message({
          id: 'AAMkLong',
          parentId: PROJECTS,
          subject: 'Lang',
          content: longText(),
          after: 6 * MINUTE,
          more: { toRecipients: crowd },
        }),
        message({
          id: 'AAMkTwin1',
          ...PARENT_OF_ALL,
          subject: 'Twins',
          content: plain('The first'),
          after: 7 * MINUTE,
        }),
        message({
          id: 'AAMkTwin2',
          ...PARENT_OF_ALL,
          subject: 'Twins',
          content: plain('The second'),
          after: 7 * MINUTE + 1000,
        }),
        message({
          id: 'AAMkOdd',
          ...PARENT_OF_ALL,
          subject: `${'x'.repeat(99)}🎉 cut in the middle`,
          content: plain('Odd'),
          after: 8 * MINUTE,
        }),
      ],
      log: [{ at: received, about: 'note', code: 'FIRST_BACKUP', reason: 'Everything was read.' }],
      cursor: { folders: 'delta-folders-1', [INBOX]: 'delta-inbox-1', [PROJECTS]: 'delta-projects-1' },
      files: {
        AAMkWelcome: 'Posteingang/2026-01-02 09.15 Willkommen.eml',
        AAMkFigures: 'Posteingang/2026-01-02 09.16 Figures.eml',
        AAMkNested: 'Projekte_ Übersicht_/2026-01-02 09.17 Fwd_ nested.eml',
        AAMkQuestion: 'Posteingang/2026-01-02 09.18 What is _a_b__.eml',
        AAMkPicture: 'Posteingang/2026-01-02 09.19 no subject.eml',
        AAMkEmpty: 'Projekte_ Übersicht_/2026-01-02 09.20 con.eml',
        AAMkLong: 'Projekte_ Übersicht_/2026-01-02 09.21 Lang.eml',
        AAMkTwin1: 'Posteingang/2026-01-02 09.22 Twins.eml',
        AAMkTwin2: 'Posteingang/2026-01-02 09.22 Twins (2).eml',
        AAMkOdd: `Posteingang/2026-01-02 09.23 ${'x'.repeat(99)}\ufffd.eml`,
      },
    },
    {
      put: [
        folder(PROJECTS, TOP, 'Projects'),
        message({ ...welcome, parentId: YEAR, more: numbers }),
        message({ ...question, ...PARENT_OF_ALL, isRead: true }),
        message({
          id: 'AAMkAgain',
          ...PARENT_OF_ALL,
          subject: 'Again',
          content: withAttachment('Again', 'same.csv', table(1500)),
          after: 86_400_000,
        }),
      ],
      removed: ['AAMkFigures', 'AAMkTwin1'],
      owed: {
        AAMkLate: {
          kind: 'message',
          parentId: INBOX,
          code: 'GRAPH_UNAVAILABLE',
          attempts: 2,
          since: Date.UTC(2026, 2, 29, 0, 31),
        },
      },
      log: [
        {
          at: Date.UTC(2026, 2, 29, 0, 31),
          about: 'owed',
          itemId: 'AAMkLate',
          path: 'Posteingang',
          code: 'GRAPH_UNAVAILABLE',
          reason: 'The service did not answer.',
        },
        {
          at: Date.UTC(2026, 2, 29, 0, 32),
          about: 'unexplained',
          itemId: INBOX,
          path: 'Posteingang',
          code: 'COUNT_DIFFERS',
          reason: 'One more at the source.',
          counts: { atSource: 6, inSnapshot: 5 },
        },
      ],
      cursor: { folders: 'delta-folders-2', [INBOX]: 'delta-inbox-2', [PROJECTS]: 'delta-projects-1' },
      files: {
        AAMkWelcome: 'Archive/2025/2026-01-02 09.15 Willkommen.eml',
        AAMkNested: 'Projects/2026-01-02 09.17 Fwd_ nested.eml',
        AAMkQuestion: 'Posteingang/2026-01-02 09.18 What is _a_b__.eml',
        AAMkPicture: 'Posteingang/2026-01-02 09.19 no subject.eml',
        AAMkEmpty: 'Projects/2026-01-02 09.20 con.eml',
        AAMkLong: 'Projects/2026-01-02 09.21 Lang.eml',
        AAMkTwin2: 'Posteingang/2026-01-02 09.22 Twins.eml',
        AAMkOdd: `Posteingang/2026-01-02 09.23 ${'x'.repeat(99)}\ufffd.eml`,
        AAMkAgain: 'Posteingang/2026-01-03 09.15 Again.eml',
      },
    },
    {
      put: [
        message({ ...welcome, ...PARENT_OF_ALL, more: numbers }),
        message({ ...picture, parentId: PROJECTS }),
        message({ id: 'AAMkLate', ...PARENT_OF_ALL, subject: 'Late', content: plain('Late'), after: 2 * 86_400_000 }),
      ],
      removed: ['AAMkNested', YEAR],
      cursor: { folders: 'delta-folders-3', [INBOX]: 'delta-inbox-3', [PROJECTS]: 'delta-projects-3' },
      files: {
        AAMkWelcome: 'Posteingang/2026-01-02 09.15 Willkommen.eml',
        AAMkQuestion: 'Posteingang/2026-01-02 09.18 What is _a_b__.eml',
        AAMkPicture: 'Projects/2026-01-02 09.19 no subject.eml',
        AAMkEmpty: 'Projects/2026-01-02 09.20 con.eml',
        AAMkLong: 'Projects/2026-01-02 09.21 Lang.eml',
        AAMkTwin2: 'Posteingang/2026-01-02 09.22 Twins.eml',
        AAMkOdd: `Posteingang/2026-01-02 09.23 ${'x'.repeat(99)}\ufffd.eml`,
        AAMkAgain: 'Posteingang/2026-01-03 09.15 Again.eml',
        AAMkLate: 'Posteingang/2026-01-04 09.15 Late.eml',
      },
    },
  ],
};
