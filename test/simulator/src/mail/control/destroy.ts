import type { Rng } from '../../core/rng.js';
import type { ChangeReport } from '../../core/workload.js';
import type { MailItem } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';

/** An attacker's work on about `share` of the mailbox: gone for good, hidden in Junk, or written over; some folders vanish whole, some get another name. */
export function destroyMailbox(mailbox: Mailbox, rng: Rng, share: number): ChangeReport {
  const root = mailbox.requireWellKnown('msgfolderroot');
  const report = { foldersRemoved: 0, foldersRenamed: 0, removed: 0, moved: 0, overwritten: 0 };
  for (const folder of [...mailbox.shownFolders()]) {
    // What no interface makes again is not theirs to take: docs/fidelity.md speaks of fields, never of items.
    const isOutlooks = folder.search?.isSupported === false;
    const isOwn = folder.wellKnownName === undefined && mailbox.folders.has(folder.id) && !isOutlooks;
    if (!isOwn || !rng.chance(share / 3)) continue;
    report.removed += folder.items.size;
    report.foldersRemoved += 1;
    mailbox.removeFolder(folder);
  }
  report.foldersRenamed = renameFolders(mailbox, rng.derive('folder names'), share);
  const items = [...root.descendants()].flatMap((folder) => [...folder.items]);
  for (const item of items) if (rng.chance(share)) report[harm(mailbox, item, rng)] += 1;
  return { op: 'destroy', ...report };
}

/** Each folder that is left keeps its place; names that are taken stay. */
function renameFolders(mailbox: Mailbox, rng: Rng, share: number): number {
  let renamed = 0;
  for (const folder of [...mailbox.requireWellKnown('msgfolderroot').descendants()]) {
    if (folder.wellKnownName !== undefined || folder.search || !rng.chance(share / 4)) continue;
    const displayName = `${folder.displayName}.locked`;
    if ([...(folder.parent?.children ?? [])].some((sibling) => sibling.displayName === displayName)) continue;
    mailbox.changeFolder(folder, { displayName });
    renamed += 1;
  }
  return renamed;
}

function harm(mailbox: Mailbox, item: MailItem, rng: Rng): 'removed' | 'moved' | 'overwritten' {
  const dice = rng.next();
  if (dice < 0.6) {
    mailbox.removeItem(item);
    return 'removed';
  }
  const junk = mailbox.requireWellKnown('junkemail');
  if (dice < 0.8 && item.folder !== junk) {
    mailbox.moveItem(item, junk);
    return 'moved';
  }
  const letter = mailbox.letterOf(item);
  const { mime: _given, plainText: _text, ...fields } = letter;
  mailbox.changeItem(item, 'other', () => {
    item.letter = {
      ...fields,
      subject: 'Your files are encrypted',
      body: () => ({ contentType: 'text', content: 'Pay.' }),
      attachments: [],
    };
    item.categories = [];
  });
  return 'overwritten';
}
