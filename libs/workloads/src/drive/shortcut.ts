import type { CborValue, ItemRecord } from '@holdfast/vault';
import { z } from 'zod';
import { jsonToCbor } from '../json-to-cbor.js';

const sharepointIdsSchema = z.object({
  listId: z.string(),
  listItemUniqueId: z.string(),
  siteId: z.string(),
  siteUrl: z.string(),
  webId: z.string(),
});
const remoteItemSchema = z.object({
  id: z.string().nullish(),
  parentReference: z.object({ driveId: z.string().nullish() }).nullish(),
  sharepointIds: sharepointIdsSchema.partial().nullish(),
});

/** Of a shortcut's target what names it; the rest is the target's own and changes with it. [Graph documentation: resources/remoteitem.md] */
export function keptRemoteItem(remoteItem: unknown): CborValue {
  const { id, parentReference, sharepointIds } = remoteItemSchema.parse(remoteItem);
  return jsonToCbor({
    ...(id == null ? {} : { id }),
    ...(parentReference?.driveId == null ? {} : { parentReference: { driveId: parentReference.driveId } }),
    ...(sharepointIds == null ? {} : { sharepointIds }),
  });
}

/**
 * The target as a call that makes a shortcut may take it, likeliest first. No page shows the call: clients name a folder by id and drive, a
 * library by SharePoint's ids. See docs/decisions/0011-shortcuts-of-drives.md.
 */
export function targetForms({ properties }: Pick<ItemRecord, 'properties'>): readonly Record<string, unknown>[] {
  const remote = remoteItemSchema.safeParse(properties['remoteItem'] ?? {});
  if (!remote.success) return [];
  const { id, parentReference } = remote.data;
  const driveId = parentReference?.driveId;
  const ids = sharepointIdsSchema.safeParse(remote.data.sharepointIds);
  return [
    ...(id == null || driveId == null ? [] : [{ id, parentReference: { driveId } }]),
    ...(ids.success ? [{ sharepointIds: ids.data }] : []),
  ];
}

/** Whether two shortcuts lead to the same item. */
export function hasSameTarget(one: Pick<ItemRecord, 'properties'>, other: Pick<ItemRecord, 'properties'>): boolean {
  const [a] = targetForms(one);
  const [b] = targetForms(other);
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
