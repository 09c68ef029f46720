import { ApiError } from '../../core/api-error.js';
import { checkProperties, type Expand, parseQuery } from '../../core/odata.js';
import { reordered } from '../../core/reordered.js';
import type { RequestContext, Route, SimResponse } from '../../core/route.js';
import { type DeltaEntry, type DeltaManners, roundEntries } from '../model/delta-round.js';
import { changeKey } from '../model/ids.js';
import type { MailFolder } from '../model/mail-folder.js';
import { idForm, type Mailbox } from '../model/mailbox.js';
import {
  DELTA_DUPLICATES,
  DELTA_ITEM_TWICE,
  DELTA_LOST_RETURN,
  DELTA_MOVE_REASON,
  DELTA_OUTSIDE_FILTER,
  DELTA_READ_FLAG,
  DELTA_REPLAYED_PAGE,
} from '../switches.js';
import { readDeltaQuery } from './delta-query.js';
import { type DeltaState, encodeToken, stateOf } from './delta-token.js';
import { expandMessage } from './expand-message.js';
import { newestFirst } from './folder-content.js';
import { messageJson, MESSAGE_PROPERTIES, MessageView } from './message-json.js';
import { contextUrl, isBasic, mailboxOf, READ_BASIC, requireFolder } from './open.js';
import { collection, linkTo } from './paging.js';

const DEFAULT_PAGE = 10;
const MAX_PAGE = 1000;
const TYPE = '#microsoft.graph.message';

type Json = Record<string, unknown>;

interface DeltaPage {
  readonly entries: readonly DeltaEntry[];
  readonly next: DeltaState;
  readonly isMore: boolean;
}

/** Changes of one folder's messages since the last round (docs: graph/api/message-delta, graph/delta-query-messages). */
function handle(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const folder = requireFolder(mailbox, context.request.params.folder);
  if (folder.search) throw new ApiError(400, 'ErrorInvalidRequest', 'Search folders cannot be synchronized.');
  checkProperties(context.request.query.select ?? [], MESSAGE_PROPERTIES, 'microsoft.graph.message');
  const expected = { epoch: mailbox.tokenEpoch, folder: folder.number, seq: mailbox.seq };
  const { immutableIds, maxPageSize = DEFAULT_PAGE } = context.request.preferences;
  const state = stateOf(context, expected) ?? readDeltaQuery(context.request.query, expected, idForm(immutableIds));
  const page = withReplay(context, mailbox, state, pageBehind(mailbox, folder, state, Math.min(maxPageSize, MAX_PAGE)));
  const link = linkTo(context, [[page.isMore ? '$skiptoken' : '$deltatoken', encodeToken(page.next)]]);
  const look = lookOf(context, state);
  const value = missing(context, state, page.entries).flatMap((entry) => shown(mailbox, state, entry, look));
  if (value.length > 0 && context.fault('delta-duplicates')) value.push(...lastWordOnFirst(value));
  const told = value.length > 1 && context.fault('delta-reordered') ? reordered(value) : value;
  const envelope = { context: contextUrl(context, 'mailFolders/messages'), value: told };
  return { status: 200, body: collection(page.isMore ? { nextLink: link } : { deltaLink: link }, envelope) };
}

function pageBehind(mailbox: Mailbox, folder: MailFolder, state: DeltaState, size: number): DeltaPage {
  const limit = Math.min(size, state.left ?? Number.POSITIVE_INFINITY);
  const found = state.newest
    ? newestEntries(folder, state, limit + 1)
    : entriesBehind(mailbox, folder, state, limit + 1);
  const entries = found.slice(0, limit);
  const left = state.left === undefined ? undefined : state.left - entries.length;
  const last = entries.at(-1);
  const isMore = last !== undefined && found.length > limit && left !== 0;
  const counted = left === undefined ? state : { ...state, left };
  if (!isMore) return { entries, isMore, next: nextRound(state) };
  if (state.newest && last.kind === 'item') {
    return { entries, isMore, next: { ...counted, newest: [last.item.receivedAt, last.item.index] } };
  }
  const repeatsLast = mailbox.switches.get(DELTA_DUPLICATES) && entries.length > 1;
  const after = repeatsLast ? (entries.at(-2)?.seq ?? last.seq) : last.seq;
  return { entries, isMore, next: { ...counted, after } };
}

/** The deltaLink's state: caps and order belonged to this round alone. */
function nextRound(state: DeltaState): DeltaState {
  const { newest: _order, left: _cap, isReplay: _told, ...kept } = state;
  return kept;
}

function entriesBehind(mailbox: Mailbox, folder: MailFolder, state: DeltaState, limit: number): DeltaEntry[] {
  const { changeTypes = ['created', 'updated', 'deleted'] } = state;
  return roundEntries(mailbox, folder, { ...state, changeTypes }, mannersOf(mailbox), { after: state.after, limit });
}

function mannersOf({ switches }: Mailbox): DeltaManners {
  return {
    readFlag: switches.get(DELTA_READ_FLAG),
    moveReason: switches.get(DELTA_MOVE_REASON),
    losesReturns: switches.get(DELTA_LOST_RETURN),
    speaksOutsideFilter: switches.get(DELTA_OUTSIDE_FILTER),
  };
}

/** The first round newest first: what changes meanwhile drops out here and comes in the next round. */
function newestEntries(folder: MailFolder, state: DeltaState, limit: number): DeltaEntry[] {
  const [receivedAt, index] = state.newest ?? [Number.POSITIVE_INFINITY, -1];
  const from = state.receivedFrom ?? Number.NEGATIVE_INFINITY;
  return folder
    .sorted('newest', newestFirst)
    .filter((item) => item.receivedAt >= from && Math.max(item.changedSeq, item.readSeq) <= state.upTo)
    .filter((item) => item.receivedAt < receivedAt || (item.receivedAt === receivedAt && item.index > index))
    .slice(0, limit)
    .map((item) => ({ kind: 'item', seq: item.changedSeq, item, isPartial: false }));
}

/** Under the switch, about every third page is told twice; and one for which the fault script asks. */
function withReplay(context: RequestContext, mailbox: Mailbox, state: DeltaState, page: DeltaPage): DeltaPage {
  const mayBe = state.isReplay !== true && page.entries.length > 0;
  const isChosen = mailbox.switches.get(DELTA_REPLAYED_PAGE) && (state.after + state.upTo) % 3 === 0;
  if (mayBe && (isChosen || context.fault('delta-replayed'))) {
    return { entries: page.entries, isMore: true, next: { ...state, isReplay: true } };
  }
  const { isReplay: _told, ...next } = page.next;
  return { ...page, next };
}

/** A repeat is never older than what was told before it: of repeats the last counts. */
function lastWordOnFirst(value: readonly Json[]): Json[] {
  return value.filter(({ id }) => id === value[0]?.['id']).slice(-1);
}

/** Leaves out what the fault script wants lost: it is not told in any later round either. A first listing knows of no moves. */
function missing(
  context: RequestContext,
  { since }: DeltaState,
  entries: readonly DeltaEntry[],
): readonly DeltaEntry[] {
  const moved = entries.find(
    (entry) => since > 0 && entry.kind === 'item' && entry.item.moves > 0 && entry.item.enteredSeq > since,
  );
  if (moved && context.fault('delta-missed-move')) return entries.filter((entry) => entry !== moved);
  const first = entries.find((entry) => entry.kind === 'item');
  return first && context.fault('delta-missing-item') ? entries.filter((entry) => entry !== first) : entries;
}

/** What a round shows of each message. */
interface Look {
  readonly wantsText: boolean;
  readonly isBasic: boolean;
  readonly select: readonly string[] | undefined;
  readonly expand: readonly Expand[];
}

function lookOf(context: RequestContext, { select, expand }: DeltaState): Look {
  const expanded = expand === undefined ? '' : `$expand=${encodeURIComponent(expand)}`;
  return {
    wantsText: context.request.preferences.all.get('outlook.body-content-type') === 'text',
    isBasic: isBasic(context),
    select: select?.split(','),
    expand: parseQuery(expanded, new Set(['$expand'])).expand,
  };
}

function shown(mailbox: Mailbox, state: DeltaState, entry: DeltaEntry, look: Look): Json[] {
  if (entry.kind === 'removed') return [{ '@odata.type': TYPE, id: entry.id, '@removed': { reason: entry.reason } }];
  const { item } = entry;
  const view = new MessageView(mailbox, item, state.form, look.wantsText);
  if (entry.isPartial) {
    return [{ '@odata.type': TYPE, '@odata.etag': `W/"${view.changeKey}"`, id: view.id, isRead: item.isRead }];
  }
  const json: Json = { '@odata.type': TYPE, ...messageJson(view, look.select, look.isBasic) };
  expandMessage(view, look.expand, json);
  const isTwice = state.since > 0 && item.version > 0 && mailbox.switches.get(DELTA_ITEM_TWICE);
  return isTwice ? [asBefore(view, json), json] : [json];
}

/** The message as it may have been one change ago. */
function asBefore({ mailbox, item }: MessageView, json: Json): Json {
  const key = changeKey(mailbox.key, item.index, item.version - 1);
  return {
    ...json,
    '@odata.etag': `W/"${key}"`,
    ...('changeKey' in json ? { changeKey: key } : {}),
    ...('isRead' in json ? { isRead: !item.isRead } : {}),
  };
}

export const messageDeltaRoute: Route = {
  method: 'GET',
  pattern: '/users/{user}/mailFolders/{folder}/messages/delta',
  permissions: READ_BASIC,
  bucket: 'outlook',
  options: ['$select', '$filter', '$orderby', '$expand', '$top', '$skiptoken', '$deltatoken'],
  handle: async (context) => handle(context),
};
