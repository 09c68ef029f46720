import type { MailItem } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';

/** To Deleted Items; from there to Recoverable Items; from there for good (docs: graph/api/message-delete). */
export function deleteItem(mailbox: Mailbox, item: MailItem): void {
  const bin = mailbox.requireWellKnown('deleteditems');
  const recoverable = mailbox.requireWellKnown('recoverableitemsdeletions');
  if (item.folder === recoverable) mailbox.removeItem(item);
  else mailbox.moveItem(item, item.folder.isInside(bin) ? recoverable : bin);
}
