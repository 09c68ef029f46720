import type { Rng } from '../../core/rng.js';
import type { MailFolder, Search } from './mail-folder.js';
import type { Mailbox } from './mailbox.js';

const FILTERS = [
  'isRead eq false',
  "flag/flagStatus eq 'flagged'",
  "importance eq 'high'",
  'hasAttachments eq true',
  "contains(subject, 'weekly digest')",
  'isDraft eq false and isRead eq true',
] as const;
const NAMES = ['Unread', 'Follow up', 'Wichtig', 'С вложениями', 'Weekly digests', 'レポート'] as const;
/** Outlook's own: Graph shows what it is and can neither change it nor make it (docs: graph/api/resources/mailsearchfolder, isSupported). */
const MADE_BY_OUTLOOK = 'Reminders';

/** Search folders where Outlook for Windows shows them: below `searchfolders` (docs: graph/api/resources/mailsearchfolder). */
export function seedOutlookSearches(mailbox: Mailbox, rng: Rng, sources: readonly MailFolder[]): void {
  const count = rng.int(1, 3);
  for (let n = 0; n < count; n++) addOutlookSearch(mailbox, rng, sources);
  // In the inbox alone, which nobody can take away: nothing could make it look elsewhere.
  const search = { ...drawSearch(mailbox, rng, []), isSupported: false };
  const parent = mailbox.requireWellKnown('searchfolders');
  if (rng.chance(0.5)) mailbox.addFolder({ displayName: MADE_BY_OUTLOOK, parent, search });
}

/** One more, under a name that its siblings lack. */
export function addOutlookSearch(mailbox: Mailbox, rng: Rng, sources: readonly MailFolder[]): MailFolder {
  const parent = mailbox.requireWellKnown('searchfolders');
  const taken = new Set([...parent.children].map(({ displayName }) => displayName.toLowerCase()));
  const name = rng.pick(NAMES);
  let displayName: string = name;
  for (let n = 2; taken.has(displayName.toLowerCase()); n++) displayName = `${name} ${n}`;
  return mailbox.addFolder({ displayName, parent, search: drawSearch(mailbox, rng, sources) });
}

/** What to look for, and where: in one to three of the folders, or in the inbox. */
export function drawSearch(mailbox: Mailbox, rng: Rng, folders: readonly MailFolder[]): Search {
  const chosen = rng.shuffle([mailbox.requireWellKnown('inbox'), ...folders]).slice(0, rng.int(1, 3));
  return {
    filterQuery: rng.pick(FILTERS),
    includeNestedFolders: rng.chance(0.5),
    sources: chosen,
    isSupported: true,
  };
}
