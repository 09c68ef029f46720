import { ApiError } from '../../core/api-error.js';
import { checkProperties, type ODataQuery, sortEntities } from '../../core/odata.js';
import { filterPaths, matchesFilter } from '../../core/odata-filter.js';
import type { RequestContext, Route, SimResponse } from '../../core/route.js';
import { renderMime } from '../mime/render.js';
import type { MailItem } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { expandMessage } from './expand-message.js';
import { folderContent, mailboxContent } from './folder-content.js';
import { MESSAGE_PROPERTIES, messageJson, type MessageView, propertiesOf } from './message-json.js';
import {
  contextUrl,
  isBasic,
  mailboxOf,
  READ,
  READ_BASIC,
  requireFolder,
  requireItem,
  requireReadable,
  viewOf,
} from './open.js';
import { collection, pageOf } from './paging.js';

const LIST_OPTIONS = ['$select', '$filter', '$top', '$skip', '$orderby', '$expand', '$count'] as const;
const MESSAGE = 'microsoft.graph.message';

/** A message with what `$select` and `$expand` ask for. */
export function shownMessage(context: RequestContext, view: MessageView): Record<string, unknown> {
  const { select, expand } = context.request.query;
  checkProperties(select ?? [], MESSAGE_PROPERTIES, MESSAGE);
  const json = messageJson(view, select, isBasic(context));
  if (expand.length > 0 && isBasic(context))
    throw new ApiError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
  expandMessage(view, expand, json);
  return json;
}

/** Answers one message. */
export function answerMessage(context: RequestContext, view: MessageView, status: 200 | 201): SimResponse {
  return {
    status,
    body: { '@odata.context': contextUrl(context, 'messages/$entity'), ...shownMessage(context, view) },
  };
}

function list(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const { folder } = context.request.params;
  const all = folder === undefined ? mailboxContent(mailbox) : folderContent(mailbox, requireFolder(mailbox, folder));
  const { query } = context.request;
  const matching = ordered(context, mailbox, filtered(context, mailbox, all, query), query);
  const page = pageOf(context, matching);
  const value = page.elements.map((item) => shownMessage(context, viewOf(context, mailbox, item)));
  const count = query.count ? matching.length : undefined;
  return { status: 200, body: collection(page, { context: contextUrl(context, 'messages'), count, value }) };
}

function filtered(
  context: RequestContext,
  mailbox: Mailbox,
  items: readonly MailItem[],
  { filter, orderBy }: ODataQuery,
): readonly MailItem[] {
  if (!filter) return items;
  const paths = filterPaths(filter);
  checkProperties(paths, MESSAGE_PROPERTIES, MESSAGE);
  const [first] = orderBy;
  // docs: graph/api/user-list-messages, "Using filter and orderby in the same query"
  if (first && !paths.includes(first.path)) {
    throw new ApiError(400, 'InefficientFilter', 'The restriction or sort order is too complex for this operation.');
  }
  const names = paths.map((path) => path.split('/')[0] ?? path);
  return items.filter((item) => {
    const singleValueExtendedProperties = [...(item.properties ?? [])].map(([id, value]) => ({ id, value }));
    return matchesFilter(filter, {
      ...propertiesOf(viewOf(context, mailbox, item), names),
      singleValueExtendedProperties,
    });
  });
}

function ordered(
  context: RequestContext,
  mailbox: Mailbox,
  items: readonly MailItem[],
  { orderBy }: ODataQuery,
): readonly MailItem[] {
  const paths = orderBy.map(({ path }) => path);
  checkProperties(paths, MESSAGE_PROPERTIES, MESSAGE);
  const [first] = orderBy;
  if (!first || (paths.length === 1 && first.path === 'receivedDateTime' && first.descending)) return items;
  const names = paths.map((path) => path.split('/')[0] ?? path);
  const keyed = items.map((item) => ({ ...propertiesOf(viewOf(context, mailbox, item), names), item }));
  return sortEntities(keyed, orderBy).map(({ item }) => item);
}

function get(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  if (!context.request.query.select) requireReadable(item);
  return answerMessage(context, viewOf(context, mailbox, item), 200);
}

/** docs: graph/outlook-get-mime-message */
function mime(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  requireReadable(item);
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: octets(renderMime(mailbox.letterOf(item))) };
}

/** Small content whole, large content as a stream. */
export function octets(pieces: Iterable<Buffer>): Buffer | AsyncIterable<Uint8Array> {
  const held: Buffer[] = [];
  let bytes = 0;
  const iterator = pieces[Symbol.iterator]();
  for (let next = iterator.next(); !next.done; next = iterator.next()) {
    held.push(next.value);
    bytes += next.value.length;
    if (bytes > STREAMED_BYTES) return streamed(held, iterator);
  }
  return held.length === 1 && held[0] ? held[0] : Buffer.concat(held, bytes);
}

const STREAMED_BYTES = 1024 * 1024;

async function* streamed(held: readonly Buffer[], rest: Iterator<Buffer>): AsyncGenerator<Uint8Array> {
  yield* held;
  for (let next = rest.next(); !next.done; next = rest.next()) yield next.value;
}

const outlook = { method: 'GET', bucket: 'outlook' } as const;

/** Reading messages (docs: graph/api/user-list-messages, message-get); each also below its folder. */
export const messageRoutes: readonly Route[] = ['/users/{user}', '/users/{user}/mailFolders/{folder}'].flatMap(
  (base): Route[] => [
    {
      ...outlook,
      pattern: `${base}/messages`,
      permissions: READ_BASIC,
      options: LIST_OPTIONS,
      handle: async (context) => list(context),
    },
    {
      ...outlook,
      pattern: `${base}/messages/{message}`,
      permissions: READ_BASIC,
      options: ['$select', '$expand'],
      handle: async (context) => get(context),
    },
    {
      ...outlook,
      pattern: `${base}/messages/{message}/$value`,
      permissions: READ,
      handle: async (context) => mime(context),
    },
  ],
);
