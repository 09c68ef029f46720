import { itemView, searchPage, snapshotView, type ItemView } from '@holdfast/contracts/api';
import { path, query } from '../api/path.js';
import { CommandFailed, UsageError } from '../failure.js';
import type { Column } from '../output/printer.js';
import { bytesInWords, instantInWords } from '../output/words.js';
import { fromOptions, snapshotOf, withTime, type TimeOptions } from '../point-in-time.js';
import type { Session } from '../session.js';
import { bytesFrom, collect, countFrom, instantFrom, listFrom } from '../settings/parse-options.js';
import type { CommandGroup } from './command-group.js';
import { take } from './take.js';

interface SearchOptions extends TimeOptions {
  readonly in?: readonly string[];
  readonly folder?: string;
  readonly subfolders: boolean;
  readonly match: string;
  readonly matchCase?: boolean;
  readonly field?: readonly string[];
  readonly kind?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly limit: number;
}

/** `holdfast snapshot list`, `holdfast browse` and `holdfast search`. */
export const contentCommands: CommandGroup = (program, act) => {
  const snapshot = program.command('snapshot').description('what was kept');
  withTime(snapshot.command('list'))
    .description('list snapshots, newest first; with --as-of, the newest of each resource then')
    .option('--resource <resource>', 'mail:ADDRESS, drive:ADDRESS or a resource id')
    .option('--limit <count>', 'rows at most', countFrom, 200)
    .action(act(listSnapshots));
  withTime(program.command('browse'))
    .description('list a folder as it was')
    .argument('<resource>', 'mail:ADDRESS, drive:ADDRESS or a resource id')
    .argument('[folder]', 'names of folders with / between, such as Inbox/Project')
    .option('--folder-id <id>', 'the folder by its id instead')
    .option('--limit <count>', 'rows at most', countFrom, 500)
    .action(act(browse));
  withTime(program.command('search'))
    .description('search items by name or subject, sender, recipient, kind, date and size')
    .argument('[pattern]', 'what to look for; everything when absent', '')
    .option('--in <resource>', 'only in this resource; may be given often', collect)
    .option('--folder <id>', 'only below the folder with this id')
    .option('--no-subfolders', 'not in the folders below it')
    .option('--match <how>', 'contains, exact, starts-with or ends-with', 'contains')
    .option('--match-case', 'tell capitals from small letters')
    .option('--field <names>', 'name (or subject), sender, recipient; with commas between', listFrom)
    .option('--kind <names>', 'message, file, mail-folder, search-folder, drive-folder, package, shortcut', listFrom)
    .option('--from <time>', 'received or modified at or after', instantFrom)
    .option('--to <time>', 'received or modified before', instantFrom)
    .option('--min-size <bytes>', 'such as 10MB', bytesFrom)
    .option('--max-size <bytes>', 'such as 4GiB', bytesFrom)
    .option('--limit <count>', 'rows at most', countFrom, 50)
    .action(act(search));
};

async function listSnapshots(
  session: Session,
  options: TimeOptions & { resource?: string; limit: number },
): Promise<void> {
  const resourceId = options.resource === undefined ? undefined : await session.resource(options.resource);
  const from = await fromOptions(session, options);
  const at = await session.below(
    `snapshots${query({ ...from, resourceId, pageSize: Math.min(1_000, options.limit) })}`,
  );
  const { rows, isMore } = await take(session.api.rows(at, snapshotView), options.limit);
  session.print.table(
    rows,
    [
      ['JOB STARTED', (row) => instantInWords(row.jobStartedAtMs)],
      ['RESOURCE', (row) => row.resourceId],
      ['NUMBER', (row) => row.number],
      ['JOB', (row) => row.jobId],
      ['SNAPSHOT', (row) => row.snapshotId],
    ],
    'There is no snapshot at that time.',
  );
  if (isMore) session.print.note(`There are more than ${options.limit}: raise --limit.`);
}

async function browse(
  session: Session,
  text: string,
  folder: string | undefined,
  options: TimeOptions & { readonly folderId?: string; readonly limit: number },
): Promise<void> {
  if (folder !== undefined && options.folderId !== undefined)
    throw new UsageError('Give a folder or --folder-id, not both.');
  const resource = await session.resource(text);
  const { vaultId, snapshotId } = await snapshotOf(session, options, resource);
  const items = await session.below(path`vaults/${vaultId}/resources/${resource}/snapshots/${snapshotId}/items`);
  const folderId = options.folderId ?? (await folderAt(session, items, folder ?? ''));
  const rows = session.api.rows(`${items}${query({ folderId, pageSize: Math.min(500, options.limit) })}`, itemView);
  const taken = await take(rows, options.limit);
  session.print.table(taken.rows, ITEM_COLUMNS, 'The folder is empty.');
  if (taken.isMore) session.print.note(`There are more than ${options.limit}: raise --limit.`);
}

/** The id of a folder by its names from the top; undefined for the top itself. */
async function folderAt(session: Session, items: string, names: string): Promise<string | undefined> {
  let folderId: string | undefined;
  for (const name of names.split('/').filter((part) => part !== '')) {
    const rows = session.api.rows(`${items}${query({ folderId, pageSize: 500 })}`, itemView);
    const inside = await folderNamed(rows, name);
    if (inside === undefined) throw new CommandFailed(`There is no folder ${name} in ${names} at that time.`);
    folderId = inside;
  }
  return folderId;
}

async function folderNamed(rows: AsyncIterable<ItemView>, name: string): Promise<string | undefined> {
  let inOtherCase: string | undefined;
  for await (const row of rows) {
    if (!row.isFolder) continue;
    if (row.name === name) return row.itemId;
    if (row.name.toLowerCase() === name.toLowerCase()) inOtherCase ??= row.itemId;
  }
  return inOtherCase;
}

async function search(session: Session, pattern: string, options: SearchOptions): Promise<void> {
  const resourceIds: string[] = [];
  for (const text of options.in ?? []) resourceIds.push(await session.resource(text));
  const at = await session.below('search');
  const body = {
    from: await fromOptions(session, options),
    resourceIds: resourceIds.length === 0 ? undefined : resourceIds,
    folderId: options.folder,
    includeSubfolders: options.subfolders,
    pattern,
    match: options.match,
    matchCase: options.matchCase === true,
    fields: options.field,
    kinds: options.kind,
    fromMs: options.from,
    toMs: options.to,
    minBytes: options.minSize,
    maxBytes: options.maxSize,
    pageSize: Math.min(500, options.limit),
  };
  const { rows, isMore } = await take(found(session, at, body), options.limit);
  session.print.table(rows, [...ITEM_COLUMNS, ['RESOURCE', (row) => row.resourceId]], 'Nothing fits.');
  if (isMore) session.print.note(`There are more than ${options.limit}: raise --limit or narrow the search.`);
}

async function* found(session: Session, at: string, body: object): AsyncGenerator<ItemView> {
  for (let pageToken: string | undefined, isFirst = true; isFirst || pageToken !== undefined; isFirst = false) {
    const { rows, nextPageToken } = await session.api.post(at, searchPage, { ...body, pageToken });
    yield* rows;
    pageToken = nextPageToken;
  }
}

const ITEM_COLUMNS: readonly Column<ItemView>[] = [
  ['NAME', (row) => (row.isFolder ? `${row.name}/` : row.name)],
  ['WHERE', (row) => row.path.join('/')],
  ['FROM', (row) => row.sender],
  ['SIZE', (row) => (row.isFolder ? '' : bytesInWords(row.bytes))],
  ['TIME', (row) => instantInWords(row.sortAtMs ?? row.modifiedAtMs)],
  ['ID', (row) => row.itemId],
];
