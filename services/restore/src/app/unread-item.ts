import { AppError, type VaultId } from '@holdfast/kernel';
import type { RestoreItem } from '@holdfast/workloads';
import type { Sought } from './live-target.port.js';

/** An item to look for with a writer while a plan is made: its content is out of reach. */
export function unreadItem(
  vault: VaultId,
  { itemId, record, name }: Omit<Sought, 'folderId'>,
  folderId: string,
): RestoreItem {
  return { vault, itemId, record, folderId, name, content: unread, extra: () => undefined };
}

function unread(): never {
  throw new AppError('INTERNAL', 'A plan reads no content.');
}
