import type { SimTenant } from '../../core/tenant.js';
import { NOT_FLAGGED } from './item-state.js';
import type { Mailbox } from './mailbox.js';
import { HISTORY_MS } from './seed-mailbox.js';
import { seedWellKnownFolders } from './well-known-folders.js';

const DAY_MS = 86_400_000;

/** Fills an empty mailbox with short texts in the inbox: a million of them cost as little as they can. Equal for equal seeds. */
export function seedPlainMailbox(mailbox: Mailbox, tenant: SimTenant, messages: number): void {
  seedWellKnownFolders(mailbox, mailbox.world.rng.derive('seed'));
  const folder = mailbox.requireWellKnown('inbox');
  const newestAt = tenant.createdAt - (tenant.createdAt % DAY_MS);
  for (let source = 0; source < messages; source += 1) {
    const sentAt = Math.floor((newestAt - HISTORY_MS * (1 - source / messages)) / 1000) * 1000;
    const origin = { source, sentAt, direction: 'in', shape: 'plain-7bit' } as const;
    mailbox.addItem({ origin, folder, sentAt, receivedAt: sentAt, flag: NOT_FLAGGED });
  }
  for (const each of mailbox.folders.values()) each.contentAt = newestAt;
  mailbox.isLived = false;
}
