import { ApiError } from '../../core/api-error.js';
import { requireMailboxUser } from '../../core/find-user.js';
import type { RequestContext } from '../../core/route.js';
import type { MailFolder, MailItem } from '../model/mail-folder.js';
import { idForm, type Mailbox } from '../model/mailbox.js';
import { openMailbox } from '../model/mailbox-shelf.js';
import { MessageView } from './message-json.js';

/** The mailbox that the path names. */
export function mailboxOf(context: RequestContext): Mailbox {
  const name = context.request.params.user ?? '';
  const mailbox = openMailbox(context.tenant, requireMailboxUser(context.tenant, name).id);
  if (!mailbox) throw new ApiError(404, 'ErrorInvalidUser', `The requested user '${name}' is invalid.`);
  return mailbox;
}

export function notFound(): ApiError {
  return new ApiError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
}

/** A folder by id or well-known name. */
export function requireFolder(mailbox: Mailbox, idOrName: string | undefined): MailFolder {
  const folder = mailbox.folder(idOrName ?? '');
  if (!folder) throw notFound();
  return folder;
}

/** The message that the path names, and that lies in the folder that the path names, if it names one. */
export function requireItem(context: RequestContext, mailbox: Mailbox): MailItem {
  const { message, folder } = context.request.params;
  const item = mailbox.item(message ?? '');
  if (!item || (folder !== undefined && mailbox.folder(folder) !== item.folder)) throw notFound();
  return item;
}

/** Refuses to read the content of an item that the control API has damaged. */
export function requireReadable(item: MailItem): void {
  if (item.isCorrupt) throw new ApiError(500, 'ErrorCorruptData', 'Data is corrupt.');
}

export function viewOf(context: RequestContext, mailbox: Mailbox, item: MailItem): MessageView {
  const { immutableIds, all } = context.request.preferences;
  return new MessageView(mailbox, item, idForm(immutableIds), all.get('outlook.body-content-type') === 'text');
}

/** Mail.ReadBasic.All alone: no bodies, no attachments, no extended properties (docs: graph/permissions-reference). */
export function isBasic(context: RequestContext): boolean {
  const { roles } = context.principal;
  return !roles.has('Mail.Read') && !roles.has('Mail.ReadWrite');
}

export const READ = ['Mail.Read', 'Mail.ReadWrite'] as const;
export const READ_BASIC = ['Mail.ReadBasic.All', ...READ] as const;
export const WRITE = ['Mail.ReadWrite'] as const;

/** `https://graph.microsoft.com/v1.0/$metadata#…`, at the host that the client used. */
export const contextUrl = (context: RequestContext, type: string): string =>
  `${context.graphUrl('/$metadata')}#users('${encodeURIComponent(context.request.params.user ?? '')}')/${type}`;
