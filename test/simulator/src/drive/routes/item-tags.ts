import { ApiError } from '../../core/api-error.js';
import type { SimRequest } from '../../core/route.js';
import type { DriveNode } from '../model/drive-node.js';
import { uniqueIdOf } from '../model/item-ids.js';

/** Changes with anything about the item (docs: graph/resources/driveitem). */
export function eTagOf(node: DriveNode): string {
  return `"{${uniqueIdOf(node.id)}},${node.eTagNumber}"`;
}

/** Changes with the content only; folders have none. */
export function cTagOf(node: DriveNode): string | undefined {
  return node.kind === 'file' ? `"c:{${uniqueIdOf(node.id)}},${node.cTagNumber}"` : undefined;
}

/** 412 unless the item is as `If-Match` says; an eTag or a cTag will do (docs: graph/resources/driveitem). */
export function checkIfMatch(request: SimRequest, node: DriveNode): void {
  const wanted = request.headers['if-match'];
  if (wanted === undefined || isOneOf(wanted, node)) return;
  throw new ApiError(412, 'resourceModified', "ETag does not match current item's value.");
}

/** Whether the caller has this state already (`If-None-Match`). */
export function isNotModified(request: SimRequest, node: DriveNode): boolean {
  const held = request.headers['if-none-match'];
  return held !== undefined && isOneOf(held, node);
}

function isOneOf(header: string, node: DriveNode): boolean {
  if (header.trim() === '*') return true;
  // The tags contain commas themselves, so the list is not cut but searched.
  const cTag = cTagOf(node);
  return header.includes(eTagOf(node)) || (cTag !== undefined && header.includes(cTag));
}
