import type { Rng } from '../../core/rng.js';
import type { ChangeReport } from '../../core/workload.js';
import { LANGUAGES } from '../content/language.js';
import type { MailFolder, MailItem } from '../model/mail-folder.js';
import { NOT_FLAGGED } from '../model/item-state.js';
import type { Mailbox } from '../model/mailbox.js';
import { addOutlookSearch, drawSearch } from '../model/outlook-searches.js';
import { CATEGORIES } from '../model/seed-mailbox.js';
import { binFolder } from '../routes/folder-writes.js';
import { updateFromJson } from '../routes/message-writes.js';
import { deleteItem } from '../routes/delete-item.js';
import { arrive } from './arrive.js';

type Act = (mailbox: Mailbox, rng: Rng) => ChangeReport | undefined;

const visibleFolders = (mailbox: Mailbox): MailFolder[] =>
  [...mailbox.requireWellKnown('msgfolderroot').descendants()].filter((folder) => !folder.search && !folder.isHidden);

const ownFolders = (mailbox: Mailbox): MailFolder[] =>
  visibleFolders(mailbox).filter((folder) => folder.wellKnownName === undefined);

function someItem(mailbox: Mailbox, rng: Rng, passes: (item: MailItem) => boolean = () => true): MailItem | undefined {
  const filled = visibleFolders(mailbox).filter((folder) => folder.items.size > 0);
  for (let attempt = 0; attempt < 8 && filled.length > 0; attempt++) {
    const item = rng.pick([...rng.pick(filled).items]);
    if (passes(item)) return item;
  }
  return undefined;
}

const onItem =
  (
    act: (mailbox: Mailbox, item: MailItem, rng: Rng) => Record<string, unknown>,
    passes?: (item: MailItem) => boolean,
  ): Act =>
  (mailbox, rng) => {
    const item = someItem(mailbox, rng, passes);
    return item && { message: mailbox.idOf(item, 'immutable'), ...act(mailbox, item, rng) };
  };

const move = onItem((mailbox, item, rng) => {
  const target = rng.pick(visibleFolders(mailbox));
  if (target !== item.folder) mailbox.moveItem(item, target);
  return { folder: target.id };
});

/** Away and back between two backups: what delta is known to lose with immutable ids. */
const moveAndReturn = onItem((mailbox, item, rng) => {
  const home = item.folder;
  mailbox.moveItem(item, rng.pick(visibleFolders(mailbox)));
  mailbox.moveItem(item, home);
  return { folder: home.id };
});

const editDraft = onItem(
  (mailbox, item, rng) => {
    const content = `${rng.pick(rng.pick(LANGUAGES).subjects)} ${rng.uint32()}`;
    updateFromJson(mailbox, item, { subject: content, body: { contentType: 'text', content } }, false);
    return { subject: true };
  },
  (item) => item.isDraft,
);

const renameOne: Act = (mailbox, rng) => {
  const folders = ownFolders(mailbox);
  if (folders.length === 0) return undefined;
  const folder = rng.pick(folders);
  if (rng.chance(0.25)) return changeCase(mailbox, folder);
  mailbox.changeFolder(folder, { displayName: `${rng.pick(rng.pick(LANGUAGES).folders)} ${rng.int(1, 9999)}` });
  return { folder: folder.id };
};

/** Another spelling of the same name, where no sibling has it. */
function changeCase(mailbox: Mailbox, folder: MailFolder): ChangeReport | undefined {
  const { displayName: old, parent } = folder;
  const displayName = old === old.toUpperCase() ? old.toLowerCase() : old.toUpperCase();
  const siblings = [...(parent?.children ?? [])].filter((sibling) => sibling !== folder);
  const isTaken = siblings.some((sibling) => sibling.displayName.toLowerCase() === displayName.toLowerCase());
  if (displayName === old || isTaken) return undefined;
  mailbox.changeFolder(folder, { displayName });
  return { folder: folder.id, displayName };
}

const addOne: Act = (mailbox, rng) => {
  const parent = rng.pick(visibleFolders(mailbox));
  const folder = mailbox.addFolder({ displayName: `${rng.pick(rng.pick(LANGUAGES).folders)} ${rng.uint32()}`, parent });
  mailbox.isLived = true;
  return { folder: folder.id };
};

const moveFolder: Act = (mailbox, rng) => {
  const folders = ownFolders(mailbox);
  if (folders.length === 0) return undefined;
  const folder = rng.pick(folders);
  const names = (parent: MailFolder): boolean =>
    [...parent.children].some((child) => child.displayName.toLowerCase() === folder.displayName.toLowerCase());
  const targets = visibleFolders(mailbox).filter((target) => !target.isInside(folder) && !names(target));
  if (targets.length === 0) return undefined;
  mailbox.changeFolder(folder, { parent: rng.pick(targets) });
  return { folder: folder.id };
};

/** What becomes of a search when a folder that it looks through goes for good is not said. */
const isSearched = (mailbox: Mailbox, folder: MailFolder): boolean =>
  [...mailbox.shownFolders()].some(({ search }) => search?.sources.some((source) => source.isInside(folder)));

const dropFolder: Act = (mailbox, rng) => {
  const folders = ownFolders(mailbox);
  if (folders.length < 3) return undefined;
  const folder = rng.pick(folders);
  if (folder.isInside(mailbox.requireWellKnown('deleteditems')) && isSearched(mailbox, folder)) return undefined;
  binFolder(mailbox, folder);
  return { folder: folder.id };
};

const ownSearches = (mailbox: Mailbox): MailFolder[] =>
  [...mailbox.shownFolders()].filter(({ search }) => search?.isSupported === true);

const addSearch: Act = (mailbox, rng) => {
  const made = addOutlookSearch(mailbox, rng, visibleFolders(mailbox));
  mailbox.isLived = true;
  return { folder: made.id };
};

/** Another name, or something else to look for. */
const changeSearch: Act = (mailbox, rng) => {
  const searches = ownSearches(mailbox);
  if (searches.length === 0) return undefined;
  const folder = rng.pick(searches);
  const isRenamed = rng.chance(0.3);
  if (!isRenamed) folder.search = drawSearch(mailbox, rng, visibleFolders(mailbox));
  mailbox.changeFolder(folder, isRenamed ? { displayName: `Search ${rng.uint32()}` } : {});
  return { folder: folder.id };
};

const dropSearch: Act = (mailbox, rng) => {
  const searches = ownSearches(mailbox);
  if (searches.length === 0) return undefined;
  const folder = rng.pick(searches);
  mailbox.removeFolder(folder);
  return { folder: folder.id };
};

/** What may happen to a mailbox, and how often. */
const ACTS: Readonly<Record<string, { readonly weight: number; readonly act: Act }>> = {
  arrive: { weight: 30, act: (mailbox, rng) => ({ message: mailbox.idOf(arrive(mailbox, rng, {}), 'immutable') }) },
  read: {
    weight: 20,
    act: onItem(
      (mailbox, item) => (updateFromJson(mailbox, item, { isRead: !item.isRead }, false), { isRead: item.isRead }),
    ),
  },
  flag: { weight: 6, act: onItem((mailbox, item) => flag(mailbox, item)) },
  categorise: { weight: 6, act: onItem((mailbox, item, rng) => categorise(mailbox, item, rng)) },
  move: { weight: 12, act: move },
  'move-and-return': { weight: 3, act: moveAndReturn },
  copy: {
    weight: 2,
    act: onItem((mailbox, item, rng) => ({
      copy: mailbox.idOf(mailbox.copyItem(item, rng.pick(visibleFolders(mailbox))), 'immutable'),
    })),
  },
  delete: { weight: 9, act: onItem((mailbox, item) => (deleteItem(mailbox, item), {})) },
  'permanent-delete': { weight: 3, act: onItem((mailbox, item) => (mailbox.removeItem(item), {})) },
  'edit-draft': { weight: 4, act: editDraft },
  'create-folder': { weight: 2, act: addOne },
  'rename-folder': { weight: 2, act: renameOne },
  'move-folder': { weight: 1, act: moveFolder },
  'delete-folder': { weight: 0.5, act: dropFolder },
  'create-search': { weight: 0.6, act: addSearch },
  'change-search': { weight: 0.6, act: changeSearch },
  'delete-search': { weight: 0.4, act: dropSearch },
};

const TOTAL = Object.values(ACTS).reduce((sum, { weight }) => sum + weight, 0);

function flag(mailbox: Mailbox, item: MailItem): Record<string, unknown> {
  mailbox.changeItem(item, 'other', () => {
    item.flag = item.flag.status === 'notFlagged' ? { status: 'flagged' } : NOT_FLAGGED;
  });
  return { flag: item.flag.status };
}

function categorise(mailbox: Mailbox, item: MailItem, rng: Rng): Record<string, unknown> {
  mailbox.changeItem(item, 'other', () => {
    item.categories = rng.shuffle(CATEGORIES).slice(0, rng.int(0, 2));
  });
  return { categories: item.categories };
}

/** One seeded, plausible thing happens; what cannot happen (an edit where there is no draft) becomes an arrival. */
export function liveOnce(mailbox: Mailbox, rng: Rng): ChangeReport {
  let left = rng.next() * TOTAL;
  for (const [op, { weight, act }] of Object.entries(ACTS)) {
    left -= weight;
    if (left >= 0) continue;
    const report = act(mailbox, rng);
    if (report) return { op, ...report };
    break;
  }
  return { op: 'arrive', message: mailbox.idOf(arrive(mailbox, rng, {}), 'immutable') };
}
