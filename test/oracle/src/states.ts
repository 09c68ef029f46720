import type { ModelEntry } from '@holdfast/demo';
import type { ItemRecord } from '@holdfast/vault';

/** Items by owner and id; a state says in one text all that a backup has to bring back. */
export type States = ReadonlyMap<string, string>;

export interface Leniency {
  /** The tenant's delta never tells that a message was read. */
  readonly isReadSilent: boolean;
}

const TOP = 'top';

/** The simulator's model as states. */
export function modelStates(entries: readonly ModelEntry[], leniency: Leniency): States {
  const idsByPath = new Map(entries.map(({ userId, kind, key, id }) => [`${userId}/${kind}/${key}`, id]));
  const parentOf = ({ userId, kind, key }: ModelEntry) => {
    const above = key.slice(0, Math.max(0, key.lastIndexOf('/')));
    return idsByPath.get(`${userId}/${kind}/${above}`) ?? TOP;
  };
  return new Map(
    entries
      .filter((entry) => !isSearchFolder(entry))
      .map((entry) => [`${entry.userId}/${entry.id}`, JSON.stringify(modelState(entry, parentOf(entry), leniency))]),
  );
}

function isSearchFolder({ kind, fields }: ModelEntry): boolean {
  return kind === 'folder' && fields['search'] != null;
}

function modelState({ kind, fields, contentHash }: ModelEntry, parent: string, { isReadSilent }: Leniency): unknown {
  switch (kind) {
    case 'folder':
      return ['mail-folder', parent, fields['displayName']];
    case 'message':
      return [
        'message',
        fields['folderId'],
        fields['subject'],
        isReadSilent ? null : fields['isRead'],
        fields['isDraft'],
        fields['categories'],
        fields['importance'],
        fields['internetMessageId'],
        fields['mimeSha256'],
      ];
    default: {
      const own = String(fields['kind']);
      const isWhole = own === 'file' && fields['malware'] !== true;
      return [own === 'folder' ? 'drive-folder' : own, parent, fields['name'], isWhole ? contentHash : null];
    }
  }
}

/** What one resource's snapshot holds as states. */
export function savedStates(owner: string, items: ReadonlyMap<string, ItemRecord>, leniency: Leniency): States {
  const states = new Map<string, string>();
  for (const [id, record] of items) {
    const state = savedState(record, items, leniency);
    if (state) states.set(`${owner}/${id}`, JSON.stringify(state));
  }
  return states;
}

function savedState(record: ItemRecord, items: ReadonlyMap<string, ItemRecord>, { isReadSilent }: Leniency): unknown {
  const { kind, name, properties, content, leftOut } = record;
  if (kind === 'drive-root' || record.parentId === undefined) return undefined;
  if (kind === 'mail-folder' && leftOut) return undefined;
  const hash = content ? Buffer.from(content.sha256).toString('hex') : null;
  if (kind !== 'message') return [kind, parentId(record, items), name, ...(kind === 'mail-folder' ? [] : [hash])];
  return [
    kind,
    record.parentId,
    name,
    isReadSilent ? null : properties['isRead'],
    properties['isDraft'],
    properties['categories'],
    properties['importance'],
    properties['internetMessageId'],
    hash,
  ];
}

function parentId({ parentId: id = '' }: ItemRecord, items: ReadonlyMap<string, ItemRecord>): string {
  const parent = items.get(id);
  return parent === undefined || parent.kind === 'drive-root' || parent.parentId === undefined ? TOP : id;
}
