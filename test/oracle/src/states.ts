import type { ModelEntry } from '@holdfast/demo';
import type { ItemRecord } from '@holdfast/vault';

/** Items by owner and id; a state says in one text all that a backup has to bring back. */
export type States = ReadonlyMap<string, string>;

const TOP = 'top';
/** In a folder that the snapshot does not hold: no model has that. */
const NOWHERE = 'nowhere';

/** The simulator's model as states. */
export function modelStates(entries: readonly ModelEntry[]): States {
  const idsByPath = new Map(entries.map(({ userId, kind, key, id }) => [`${userId}/${kind}/${key}`, id]));
  const parentOf = ({ userId, kind, key }: ModelEntry) => {
    const above = key.slice(0, Math.max(0, key.lastIndexOf('/')));
    return idsByPath.get(`${userId}/${kind}/${above}`) ?? TOP;
  };
  const sourcesOf = ({ userId }: ModelEntry, { sources }: Search) =>
    Array.isArray(sources)
      ? sources.map((path) => idsByPath.get(`${userId}/folder/${String(path)}`) ?? TOP).sort()
      : [];
  return new Map(
    entries.map((entry) => {
      const search = searchOf(entry);
      const state = search
        ? [
            'search-folder',
            parentOf(entry),
            entry.fields['displayName'],
            search['filterQuery'],
            sourcesOf(entry, search),
          ]
        : modelState(entry, parentOf(entry));
      return [`${entry.userId}/${entry.id}`, JSON.stringify(state)];
    }),
  );
}

/** Set of the folders that are saved searches. */
function searchOf({ kind, fields }: ModelEntry): Search | undefined {
  return kind === 'folder' && isMap(fields['search']) ? fields['search'] : undefined;
}

type Search = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Search {
  return typeof value === 'object' && value !== null;
}

function modelState({ kind, fields, contentHash }: ModelEntry, parent: string): unknown {
  switch (kind) {
    case 'folder':
      return ['mail-folder', parent, fields['displayName']];
    case 'message':
      return [
        'message',
        fields['folderId'],
        fields['subject'],
        fields['isRead'],
        fields['isDraft'],
        fields['categories'],
        fields['importance'],
        fields['receivedDateTime'],
        fields['internetMessageId'],
        fields['mimeSha256'],
      ];
    default: {
      const own = String(fields['kind']);
      const isWhole = own === 'file' && fields['malware'] !== true;
      return [
        own === 'folder' ? 'drive-folder' : own,
        parent,
        fields['name'],
        fields['description'],
        isWhole ? contentHash : null,
      ];
    }
  }
}

/** What one resource's snapshot holds as states. */
export function savedStates(owner: string, items: ReadonlyMap<string, ItemRecord>): States {
  const states = new Map<string, string>();
  for (const [id, record] of items) {
    const state = savedState(record, items);
    if (state) states.set(`${owner}/${id}`, JSON.stringify(state));
  }
  return states;
}

function savedState(record: ItemRecord, items: ReadonlyMap<string, ItemRecord>): unknown {
  const { kind, name, properties, content } = record;
  if (kind === 'drive-root' || record.parentId === undefined) return undefined;
  if (kind === 'search-folder')
    return [kind, parentId(record, items), name, properties['filterQuery'], properties['sourceFolderIds']];
  const hash = content ? Buffer.from(content.sha256).toString('hex') : null;
  if (kind === 'mail-folder') return [kind, parentId(record, items), name];
  if (kind !== 'message') return [kind, parentId(record, items), name, properties['description'] ?? null, hash];
  return [
    kind,
    record.parentId,
    name,
    properties['isRead'],
    properties['isDraft'],
    properties['categories'],
    properties['importance'],
    properties['receivedDateTime'],
    properties['internetMessageId'],
    hash,
  ];
}

function parentId({ parentId: id = '' }: ItemRecord, items: ReadonlyMap<string, ItemRecord>): string {
  const parent = items.get(id);
  if (parent === undefined) return NOWHERE;
  return parent.kind === 'drive-root' || parent.parentId === undefined ? TOP : id;
}
