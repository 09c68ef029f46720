import type { DriveItem, File, IdentitySet, ItemReference, RemoteItem } from '@microsoft/microsoft-graph-types';
import { checkProperties, project } from '../../core/odata.js';
import type { RequestContext } from '../../core/route.js';
import { isoSeconds } from '../../core/sim-clock.js';
import {
  type Actor,
  currentVersion,
  type DriveNode,
  type FileNode,
  isContainer,
  type ShortcutNode,
} from '../model/drive-node.js';
import type { Drive } from '../model/drive.js';
import type { DriveWorld } from '../model/drive-world.js';
import { mimeTypeOf } from '../model/names.js';
import { DOWNLOAD_URL_LIFETIME, HASH_COMES_LATE } from '../switches.js';
import { cTagOf, eTagOf } from './item-tags.js';
import { sharepointIdsOf } from './sharepoint-ids.js';

export const DOWNLOAD_URL = '@microsoft.graph.downloadUrl';
/** How old clients ask for the same: `$select=content.downloadUrl`. */
const OLD_DOWNLOAD_URL = 'content.downloadUrl';
const HASH_DELAY_MS = 10_000;

/** driveItem in v1.0 (CSDL of 2026-08-20). */
const PROPERTIES: ReadonlySet<string> = new Set(
  (
    'audio bundle children content cTag createdBy createdByUser createdDateTime deleted description eTag file fileSystemInfo folder id image ' +
    'lastModifiedBy lastModifiedByUser lastModifiedDateTime listItem location malware name package parentReference pendingOperations ' +
    'permissions photo publication remoteItem retentionLabel root searchResult shared sharepointIds size specialFolder subscriptions ' +
    `thumbnails versions video webDavUrl webUrl workbook ${OLD_DOWNLOAD_URL}`
  ).split(' '),
);

/** What an answer shows of items. */
export interface ItemView {
  readonly context: RequestContext;
  readonly world: DriveWorld;
  readonly drive: Drive;
  readonly select: readonly string[] | undefined;
  /** Delta leaves out paths and cTags (docs: graph/api/driveitem-delta, "OneDrive for Business"). */
  readonly isDelta: boolean;
}

/** Refuses a `$select` of what driveItem does not have. */
export function checkSelect(select: readonly string[] | undefined): void {
  checkProperties(select ?? [], PROPERTIES, 'microsoft.graph.driveItem');
}

/** The item as Graph shows it, cut to the selection. */
export function itemJson(view: ItemView, node: DriveNode): Record<string, unknown> {
  const { drive, select } = view;
  const isWanted = (name: string) =>
    !select || select.includes('*') || select.some((path) => path.split('/')[0] === name);
  const cTag = view.isDelta ? undefined : cTagOf(node);
  // A delta page of a large drive must not wait until every file below its root is made for the sake of a sum.
  const isRough = view.isDelta && node.kind !== 'file';
  const item: DriveItem = {
    createdDateTime: isoSeconds(node.created.at),
    eTag: eTagOf(node),
    id: node.id,
    lastModifiedDateTime: isoSeconds(node.modified.at),
    name: node.name,
    ...(cTag === undefined ? {} : { cTag }),
    ...(isWanted('webUrl') ? { webUrl: webUrlOf(view, node) } : {}),
    ...(isWanted('size') ? { size: isRough ? drive.measuredSizeOf(node) : drive.sizeOf(node) } : {}),
    createdBy: identity(node.created.by),
    lastModifiedBy: identity(node.modified.by),
    ...(isWanted('parentReference') ? { parentReference: parentReference(view, node) } : {}),
    fileSystemInfo: {
      createdDateTime: isoSeconds(node.times.createdAt),
      lastModifiedDateTime: isoSeconds(node.times.modifiedAt),
    },
    ...(node.description === undefined ? {} : { description: node.description }),
    ...(node.grants.length === 0
      ? {}
      : { shared: { scope: node.grants.find((grant) => grant.link)?.link?.scope ?? 'users' } }),
    ...facets(view, node, isWanted),
  };
  return project({ ...downloadUrls(view, node, isWanted), ...item }, select, [`@${OLD_DOWNLOAD_URL}`]);
}

/** The drive as a parentReference names it. */
export function driveReference(drive: Drive): ItemReference {
  return { driveType: 'business', driveId: drive.id };
}

export function identity(by: Actor): IdentitySet {
  const who = { id: by.id, displayName: by.displayName };
  return by.kind === 'user' ? { user: who } : { application: who };
}

/** `…/personal/ada_contoso7_onmicrosoft_com/Documents/a%20b.txt` */
export function webUrlOf({ world, drive }: ItemView, node: DriveNode): string {
  const { userPrincipalName } = world.userOf(drive);
  const site = `https://${world.tenant.prefix}-my.sharepoint.com/personal/${userPrincipalName.replaceAll(/[@.]/g, '_')}`;
  return [site, 'Documents', ...drive.pathOf(node).map(encodeURIComponent)].join('/');
}

function parentReference({ drive, isDelta }: ItemView, node: DriveNode): ItemReference {
  const reference = driveReference(drive);
  if (!node.parent) return reference;
  const path = `/drives/${drive.id}/root:${drive
    .pathOf(node.parent)
    .map((name) => `/${encodeURIComponent(name)}`)
    .join('')}`;
  return { ...reference, id: node.parent.id, name: node.parent.name, ...(isDelta ? {} : { path }) };
}

function facets(view: ItemView, node: DriveNode, isWanted: (name: string) => boolean): DriveItem {
  if (node.kind === 'shortcut') return { remoteItem: remoteItem(view, node) };
  if (node.kind === 'package') return { package: { type: 'oneNote' } };
  if (isContainer(node)) {
    const special = node.specialName === undefined ? {} : { specialFolder: { name: node.specialName } };
    return { folder: { childCount: node.children.size }, ...special, ...(node.kind === 'root' ? { root: {} } : {}) };
  }
  const malware = node.malware === undefined ? {} : { malware: { description: node.malware } };
  return { ...(isWanted('file') ? { file: fileFacet(view, node) } : {}), ...malware };
}

function fileFacet({ world, context }: ItemView, file: FileNode): File {
  const { content, stamp } = currentVersion(file);
  const mimeType = mimeTypeOf(file.name);
  const isLate = world.tenant.switches.get(HASH_COMES_LATE) && context.clock.now() - stamp.at < HASH_DELAY_MS;
  // quickXorHash is the only hash on Business drives, and may be missing (docs: graph/resources/hashes).
  return isLate ? { mimeType } : { mimeType, hashes: { quickXorHash: content.quickXorHash } };
}

function remoteItem({ world }: ItemView, { target, name }: ShortcutNode): RemoteItem {
  return {
    id: target.itemId,
    name,
    folder: { childCount: 0 },
    parentReference: { driveId: target.driveId, driveType: 'business' },
    sharepointIds: sharepointIdsOf(world, target),
  };
}

function downloadUrls(view: ItemView, node: DriveNode, isWanted: (name: string) => boolean): Record<string, string> {
  if (node.kind !== 'file') return {};
  const url = () => downloadUrl(view, node, 'listed');
  return {
    ...(isWanted(DOWNLOAD_URL) ? { [DOWNLOAD_URL]: url() } : {}),
    ...(view.select?.includes(OLD_DOWNLOAD_URL) ? { [`@${OLD_DOWNLOAD_URL}`]: url() } : {}),
  };
}

/**
 * A pre-authenticated URL of a file's content. `listed`: out of a listing, the download pays its own unit; `redirect`: the Graph call that
 * sent here has paid; `old`: an older version, likewise.
 */
export function downloadUrl(
  { context, world, drive }: Pick<ItemView, 'context' | 'world' | 'drive'>,
  file: FileNode,
  kind: 'listed' | 'redirect' | 'old',
  versionId = currentVersion(file).id,
): string {
  const path = `/personal/download/${drive.id}/${file.id}/${versionId}/${kind}`;
  return context.contentUrl(path, world.tenant.switches.get(DOWNLOAD_URL_LIFETIME));
}
