import { createHash } from 'node:crypto';
import type { VaultId } from '@holdfast/kernel';

/**
 * The named extended property in which a restored message remembers where it came from. Nobody sees it in Outlook.
 * [Graph documentation: resources/extended-properties-overview.md]
 */
export const ORIGIN_PROPERTY = 'String {7a0d6f2e-53c1-4b8e-9d0f-1c2b6a4e8f35} Name HoldfastOrigin';

/** What a message is restored from: one state of one item of one vault. */
export interface MessageOrigin {
  readonly vault: VaultId;
  readonly itemId: string;
  /** Tag of the state; two snapshots with equal tags hold the same message. */
  readonly state: string;
}

/** The property's value: the same for every repeat of a restore, different for another state of the item. */
export function originValue({ vault, itemId, state }: MessageOrigin): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([vault, itemId, state]))
    .digest('base64url')
    .slice(0, 22);
  return `${digest}.${itemId}`;
}

/** The item id in a property's value. */
export function originItemId(value: string): string | undefined {
  const dot = value.indexOf('.');
  return dot < 0 ? undefined : value.slice(dot + 1);
}
