import { Rng } from '../../core/rng.js';
import type { Origin } from '../content/origin.js';
import type { MailFolder, MailItem } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';

type Wish = Partial<Pick<Origin, 'shape' | 'attachmentBytes'>> & { readonly folder?: MailFolder };

/** A new message comes in (or a draft is begun, when the folder is Drafts). */
export function arrive(mailbox: Mailbox, rng: Rng, { folder = usualFolder(mailbox, rng), ...wish }: Wish): MailItem {
  const now = Math.floor(mailbox.clock.now() / 1000) * 1000;
  const isDraft = folder.wellKnownName === 'drafts';
  const isOwn = isDraft || folder.wellKnownName === 'sentitems';
  const origin: Origin = { ...wish, source: mailbox.nextSource(), sentAt: now, direction: isOwn ? 'out' : 'in' };
  return mailbox.addItem({ origin, folder, sentAt: now, receivedAt: now, isDraft, isRead: isOwn });
}

function usualFolder(mailbox: Mailbox, rng: Rng): MailFolder {
  const dice = rng.next();
  if (dice < 0.7) return mailbox.requireWellKnown('inbox');
  if (dice < 0.85) return mailbox.requireWellKnown('sentitems');
  return mailbox.requireWellKnown(dice < 0.93 ? 'drafts' : 'junkemail');
}

/** A stream for an operation that names no seed of its own. */
export const opRng = (mailbox: Mailbox, op: string): Rng => new Rng(`${mailbox.userId}/${op}/${mailbox.seq}`);
