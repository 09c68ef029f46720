import { createHash } from 'node:crypto';
import type { Rng } from '../../core/rng.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An item's id as SharePoint makes it: `01` and 32 characters; the first six behind it are the drive's own. */
export function newItemId(drivePart: string, rng: Rng): string {
  let id = `01${drivePart}`;
  while (id.length < 34) id += BASE32.charAt(rng.int(0, 31));
  return id;
}

export function newDrivePart(rng: Rng): string {
  return Array.from({ length: 6 }, () => BASE32.charAt(rng.int(0, 31))).join('');
}

/** `b!` and 64 characters of base64url: site, web and list in one. */
export function newDriveId(rng: Rng): string {
  return `b!${rng.bytes(48).toString('base64url')}`;
}

/** The list item's unique id, which eTags and web addresses bear; fixed by the item's id. */
export function uniqueIdOf(itemId: string): string {
  const hex = createHash('sha1').update(itemId).digest('hex').toUpperCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
