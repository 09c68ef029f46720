import type { Rng } from '../../core/rng.js';
import type { SimTenant } from '../../core/tenant.js';
import { LANGUAGES } from '../content/language.js';
import { shapeOf } from '../content/generate-letter.js';
import type { Origin } from '../content/origin.js';
import { FOLDER_NAMES_IGNORE_CASE } from '../switches.js';
import type { MailFolder, MailItem } from './mail-folder.js';
import { type Flag, NOT_FLAGGED } from './item-state.js';
import type { Mailbox } from './mailbox.js';
import { seedOutlookSearches } from './outlook-searches.js';
import { seedWellKnownFolders } from './well-known-folders.js';

const DAY_MS = 86_400_000;
/** How far back the mail of a seeded mailbox goes. */
export const HISTORY_MS = 1_100 * DAY_MS;
export const CATEGORIES = ['Red category', 'Blue category', 'Kunde', 'Срочно', 'Follow up'];

/** Fills an empty mailbox: the same folders and messages for the same seed, whenever it is done. */
export function seedMailbox(mailbox: Mailbox, tenant: SimTenant, messages: number): void {
  const rng = mailbox.world.rng.derive('seed');
  seedWellKnownFolders(mailbox, rng);
  const folders = seedUserFolders(mailbox, rng, messages);
  // The day, not the instant: two runs of a seed begin milliseconds apart.
  const newestAt = tenant.createdAt - (tenant.createdAt % DAY_MS);
  for (let source = 0; source < messages; source++) {
    const ageMs = HISTORY_MS * (1 - (source + rng.next()) / messages);
    const sentAt = Math.floor((newestAt - ageMs) / 1000) * 1000;
    seedMessage(mailbox, rng, chooseFolder(mailbox, rng, folders, source), { source, sentAt });
  }
  for (const folder of mailbox.folders.values()) folder.contentAt = newestAt;
  mailbox.isLived = false;
}

function seedUserFolders(mailbox: Mailbox, rng: Rng, messages: number): MailFolder[] {
  const root = mailbox.requireWellKnown('msgfolderroot');
  const inbox = mailbox.requireWellKnown('inbox');
  const made: MailFolder[] = [];
  const add = (displayName: string, parent: MailFolder, isHidden = false): MailFolder => {
    const names = new Set([...parent.children].map((child) => child.displayName.toLowerCase()));
    let name = displayName;
    for (let n = 2; names.has(name.toLowerCase()); n++) name = `${displayName} ${n}`;
    const folder = mailbox.addFolder({ displayName: name, parent, isHidden });
    made.push(folder);
    return folder;
  };
  const count = Math.min(20, 4 + Math.floor(Math.sqrt(messages) / 3));
  for (let n = 0; n < count; n++) {
    const parents = [root, inbox, ...made];
    add(rng.pick(rng.pick(LANGUAGES).folders), rng.pick(parents));
  }
  let deepest = add('Level 1', root);
  for (let level = 2; level <= 12; level++) deepest = add(`Level ${level}`, deepest);
  add('Conversation Action Settings', root, true);
  seedCaseTwins(mailbox, root, made);
  const search = { filterQuery: 'isRead eq false', includeNestedFolders: true, sources: [inbox], isSupported: true };
  mailbox.addFolder({ displayName: 'Unread Mail', parent: root, search });
  seedOutlookSearches(mailbox, rng.derive('searches'), made);
  return made;
}

/** Two folders whose names differ by case alone: side by side where the service allows it. */
function seedCaseTwins(mailbox: Mailbox, root: MailFolder, made: MailFolder[]): void {
  const upper = mailbox.addFolder({ displayName: 'Reports', parent: root });
  const parent = mailbox.switches.get(FOLDER_NAMES_IGNORE_CASE) ? upper : root;
  made.push(upper, mailbox.addFolder({ displayName: 'reports', parent }));
}

function chooseFolder(mailbox: Mailbox, rng: Rng, folders: readonly MailFolder[], source: number): MailFolder {
  // By number, not by chance: the inbox of a small mailbox keeps its share as well.
  if (source % 5 < 2) return mailbox.requireWellKnown('inbox');
  const dice = rng.next();
  if (dice < 0.35) return mailbox.requireWellKnown('sentitems');
  if (dice < 0.42) return mailbox.requireWellKnown('deleteditems');
  if (dice < 0.46) return mailbox.requireWellKnown('drafts');
  if (dice < 0.5) return mailbox.requireWellKnown('junkemail');
  if (dice < 0.6) return mailbox.requireWellKnown('archive');
  if (dice < 0.61) return mailbox.requireWellKnown('clutter');
  return rng.pick(folders);
}

function seedMessage(mailbox: Mailbox, rng: Rng, folder: MailFolder, at: Pick<Origin, 'source' | 'sentAt'>): void {
  const isDraft = folder.wellKnownName === 'drafts';
  const direction = isDraft || folder.wellKnownName === 'sentitems' ? 'out' : 'in';
  const origin: Origin = { ...at, direction };
  const shape = shapeOf(mailbox.world, origin);
  const receivedAt = at.sentAt + (direction === 'in' ? rng.int(0, 90) * 1000 : 0);
  mailbox.addItem({
    origin,
    folder,
    sentAt: at.sentAt,
    receivedAt,
    isDraft,
    isRead: isDraft || direction === 'out' || rng.chance(0.8),
    importance: rng.chance(0.06) ? rng.pick(['low', 'high'] as const) : 'normal',
    flag: rng.chance(0.05) ? seededFlag(rng, receivedAt) : NOT_FLAGGED,
    categories: rng.chance(0.08) ? rng.shuffle(CATEGORIES).slice(0, rng.int(1, 3)) : [],
    inferenceClassification: shape === 'newsletter' ? 'other' : 'focused',
  } satisfies Partial<MailItem>);
}

function seededFlag(rng: Rng, receivedAt: number): Flag {
  const day = receivedAt - (receivedAt % DAY_MS);
  if (rng.chance(0.3)) return { status: 'complete', completedAt: day + DAY_MS };
  return rng.chance(0.5)
    ? { status: 'flagged' }
    : { status: 'flagged', startAt: day, dueAt: day + rng.int(1, 9) * DAY_MS };
}
