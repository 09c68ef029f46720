import type { Route, SimResponse, RequestContext } from '../../core/route.js';
import { checkProperties, project } from '../../core/odata.js';
import type { MailFolder } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { FOLDER_DELTA_COUNTS } from '../switches.js';
import { type DeltaState, encodeToken, stateOf } from './delta-token.js';
import { FOLDER_PROPERTIES, folderJson } from './folder-json.js';
import { contextUrl, mailboxOf, READ_BASIC } from './open.js';
import { collection, linkTo } from './paging.js';

const DEFAULT_PAGE = 50;

type Entry =
  { readonly seq: number; readonly folder: MailFolder } | { readonly seq: number; readonly removedId: string };

/** Every folder below the top one, at any depth, and the folders that are gone (docs: graph/api/mailfolder-delta). */
function handle(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const { query, preferences } = context.request;
  checkProperties(query.select ?? [], FOLDER_PROPERTIES, 'microsoft.graph.mailFolder');
  const state =
    stateOf(context, { epoch: mailbox.tokenEpoch, folder: 0, seq: mailbox.seq }) ?? firstState(context, mailbox);
  const entries = entriesOf(mailbox, state);
  const page = entries.slice(0, preferences.maxPageSize ?? DEFAULT_PAGE);
  const last = page.at(-1);
  const isMore = last !== undefined && page.length < entries.length;
  const next: DeltaState = isMore ? { ...state, after: last.seq } : state;
  const link = linkTo(context, [[isMore ? '$skiptoken' : '$deltatoken', encodeToken(next)]]);
  const value = page.map((entry) => shown(mailbox, entry, state.select));
  const envelope = { context: contextUrl(context, 'mailFolders'), value };
  return { status: 200, body: collection(isMore ? { nextLink: link } : { deltaLink: link }, envelope) };
}

function firstState(context: RequestContext, mailbox: Mailbox): DeltaState {
  const { query } = context.request;
  return {
    epoch: mailbox.tokenEpoch,
    folder: 0,
    since: 0,
    upTo: mailbox.seq,
    after: 0,
    form: 'rest',
    includeHidden: query.raw.get('includeHiddenFolders') === 'true',
    ...(query.select ? { select: query.select.join(',') } : {}),
  };
}

function entriesOf(mailbox: Mailbox, state: DeltaState): Entry[] {
  const countsCount = mailbox.switches.get(FOLDER_DELTA_COUNTS);
  const root = mailbox.requireWellKnown('msgfolderroot');
  const entries: Entry[] = [...root.descendants()]
    .filter((folder) => state.includeHidden === true || !folder.isHidden)
    .map((folder) => ({
      folder,
      seq: countsCount ? Math.max(folder.changedSeq, folder.contentSeq) : folder.changedSeq,
    }));
  if (state.since > 0) entries.push(...mailbox.removedFolders.map(({ id, seq }) => ({ removedId: id, seq })));
  return entries
    .filter(({ seq }) => seq > state.after && seq <= state.upTo)
    .sort((left, right) => left.seq - right.seq);
}

function shown(mailbox: Mailbox, entry: Entry, select: string | undefined): object {
  if ('removedId' in entry) return { id: entry.removedId, '@removed': { reason: 'deleted' } };
  return project(folderJson(mailbox, entry.folder), select?.split(','), ['id']);
}

export const folderDeltaRoute: Route = {
  method: 'GET',
  pattern: '/users/{user}/mailFolders/delta',
  permissions: READ_BASIC,
  bucket: 'outlook',
  options: ['$select', '$skiptoken', '$deltatoken'],
  handle: async (context) => handle(context),
};
