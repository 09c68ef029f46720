import { ApiError } from '../../core/api-error.js';
import { reordered } from '../../core/reordered.js';
import type { SimResponse } from '../../core/route.js';
import { DELETED_BEARS_FACET, DELTA_LISTS_DESCENDANTS, DELTA_REPEATS } from '../switches.js';
import type { LogEntry } from '../model/change-log.js';
import type { DriveNode } from '../model/drive-node.js';
import { addressedItem, type DriveAction, type DriveCall, READ_FILES } from './address.js';
import { deltaLink, type DeltaPosition, positionOf } from './delta-token.js';
import { checkSelect, driveReference, itemJson, type ItemView } from './item-json.js';
import { isListed } from './shortcuts.js';
import { pageSize } from './page-size.js';

type Change = { readonly entry: LogEntry; readonly node: DriveNode | undefined };
type Json = Record<string, unknown>;

/** Of every so many changes one comes twice in a round when repeats are switched on. */
const REPEAT_EVERY = 4;

/** `root/delta` in all its forms (docs: graph/api/driveitem-delta). */
export const driveDelta: DriveAction = {
  method: 'GET',
  suffix: '/delta',
  permissions: READ_FILES,
  options: ['$select', '$expand', '$top'],
  cost: ({ params, query }) => ((params.token ?? query.raw.get('token')) === undefined ? 2 : 1),
  handle: async (call) => deltaPage(call),
};

function deltaPage(call: DriveCall): SimResponse {
  const { context, drive, query, world } = call;
  if (addressedItem(call) !== drive.root) {
    throw new ApiError(400, 'invalidRequest', 'OneDrive for Business supports delta on the root only.');
  }
  checkSelect(query.select);
  const position = positionOf(context, drive);
  const top = pageSize(query.top);
  const page = changesAfter(call, position, top);
  const { changes } = page;
  const isReplayed = changes.length > 0 && context.fault('delta-replayed');
  const isLast = page.isLast && !isReplayed;
  const view: ItemView = { context, world, drive, select: query.select, isDelta: true };
  const carried = ['$select', '$top', '$expand'].flatMap((name) => {
    const value = query.raw.get(name);
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  const after = changes.at(-1)?.entry.sequence ?? position.after;
  const next = isLast
    ? { since: drive.log.latest, after: drive.log.latest, start: drive.log.latest }
    : { ...position, after: isReplayed ? position.after : after };
  const link = deltaLink(context, drive, next, carried);
  const isIncrement = position.since > 0;
  const told = entries(call, view, withoutLost(call, changes, isIncrement), isIncrement);
  const value = told.length > 1 && context.fault('delta-reordered') ? reordered(told) : told;
  return {
    status: 200,
    body: {
      '@odata.context': context.graphUrl('/$metadata#Collection(driveItem)'),
      [isLast ? '@odata.deltaLink' : '@odata.nextLink']: link,
      value,
    },
  };
}

/** At most `top` changes after a place in the log. Deletions before the start mean nothing to a reader from nothing. */
function changesAfter(
  call: DriveCall,
  { since, after, start }: DeltaPosition,
  top: number,
): { changes: Change[]; isLast: boolean } {
  const { drive, world } = call;
  const listsDescendants = world.tenant.switches.get(DELTA_LISTS_DESCENDANTS);
  const changes: Change[] = [];
  for (const entry of drive.log.after(after)) {
    const node = drive.get(entry.id);
    if (!node && since === 0 && entry.sequence <= start) continue;
    if (!node && !listsDescendants && goesWithItsFolder(entry, since)) continue;
    if (node && !isListed(call, node)) continue;
    if (changes.length === top) return { changes, isLast: false };
    changes.push({ entry, node });
  }
  return { changes, isLast: true };
}

/** Whether the reader knows the item where it last was, so that the deletion of the folder says it all. */
function goesWithItsFolder({ deleted: was }: LogEntry, since: number): boolean {
  return was !== undefined && was.isBelowDeleted && was.lastSequence <= since;
}

/** Known defects, when the fault script asks for them: a move that is never told, an item that is left out. A first listing knows of no moves. */
function withoutLost(
  { context, drive }: DriveCall,
  changes: readonly Change[],
  isIncrement: boolean,
): readonly Change[] {
  let kept = changes;
  const move = isIncrement ? kept.find(({ node }) => node?.lastChange === 'place') : undefined;
  if (move && context.fault('delta-missed-move')) kept = kept.filter((change) => change !== move);
  const missing = kept.findLast(({ node }) => node !== undefined && node !== drive.root);
  if (missing && context.fault('delta-missing-item')) kept = kept.filter((change) => change !== missing);
  return kept;
}

function entries(call: DriveCall, view: ItemView, changes: readonly Change[], isIncrement: boolean): Json[] {
  const { context, world } = call;
  const told = changes.map(({ entry, node }) => (node ? shown(call, view, node) : deleted(call, entry)));
  const parents = isIncrement && context.request.headers.deltaexcludeparent === undefined ? ancestors(changes) : [];
  const earlier = world.tenant.switches.get(DELTA_REPEATS) ? repeats(call, view, changes) : [];
  const doubled = context.fault('delta-duplicates') ? told : [];
  return [...parents.map((node) => shown(call, view, node)), ...earlier, ...doubled, ...told];
}

function shown({ context }: DriveCall, view: ItemView, node: DriveNode): Json {
  const item = itemJson(view, node);
  const tellsSharing = context.request.preferences.all.has('deltashowsharingchanges');
  // docs: onedrive scan guidance, "Scanning permissions hierarchies"
  return tellsSharing && node.lastChange === 'access' ? { ...item, '@microsoft.graph.sharedChanged': 'True' } : item;
}

/** An item that is gone: no name, no cTag (docs: graph/api/driveitem-delta, table of what is left out). */
function deleted({ drive, world }: DriveCall, { id, deleted: was }: LogEntry): Json {
  const facet = was?.isFolder ? { folder: {} } : { file: {} };
  return {
    id,
    ...(was ? { parentReference: { ...driveReference(drive), id: was.parentId } } : {}),
    ...(world.tenant.switches.get(DELETED_BEARS_FACET) ? facet : {}),
    deleted: { state: 'deleted' },
  };
}

/** Unchanged folders above what changed, topmost first; `deltaExcludeParent` drops them. */
function ancestors(changes: readonly Change[]): DriveNode[] {
  const told = new Set(changes.map(({ node }) => node));
  const above = new Set<DriveNode>();
  for (const { node } of changes) {
    const line: DriveNode[] = [];
    for (let at = node?.parent; at; at = at.parent) if (!told.has(at)) line.unshift(at);
    for (const folder of line) above.add(folder);
  }
  return [...above];
}

/** Older states of some of the page's items, before their last word. */
function repeats(call: DriveCall, view: ItemView, changes: readonly Change[]): Json[] {
  return changes.flatMap(({ entry, node }) => {
    if (!node || entry.sequence % REPEAT_EVERY !== 0) return [];
    const item = shown(call, view, node);
    return [{ ...item, ...('name' in item ? { name: node.formerName ?? node.name } : {}) }];
  });
}
