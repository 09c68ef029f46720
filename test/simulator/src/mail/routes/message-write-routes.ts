import { ApiError } from '../../core/api-error.js';
import type { RequestContext, Route, SimResponse } from '../../core/route.js';
import { parseMime } from '../mime/parse.js';
import type { MailFolder, MailItem } from '../model/mail-folder.js';
import { type Mailbox, writtenOrigin } from '../model/mailbox.js';
import { CREATE_SENT_NEEDS_ADVANCED } from '../switches.js';
import { deleteItem } from './delete-item.js';
import { answerMessage } from './message-routes.js';
import { blankLetter, createFromJson, isCreatedSent, updateFromJson } from './message-writes.js';
import { mailboxOf, requireFolder, requireItem, viewOf, WRITE } from './open.js';
import { decodeBase64 } from './read-attachment.js';
import { readProperties } from './read-json.js';

const ADVANCED = 'Mail-Advanced.ReadWrite.All';
/** From then on updates of what a sent message says need {@link ADVANCED}. */
const ADVANCED_SINCE = Date.UTC(2026, 11, 31);

function requireOrdinary(folder: MailFolder): MailFolder {
  if (!folder.search) return folder;
  throw new ApiError(400, 'ErrorMoveCopyFailed', 'A search folder holds no messages of its own.');
}

async function create(context: RequestContext): Promise<SimResponse> {
  const mailbox = mailboxOf(context);
  const folder = requireOrdinary(requireFolder(mailbox, context.request.params.folder ?? 'drafts'));
  const isMime = (context.request.headers['content-type'] ?? '').toLowerCase().startsWith('text/plain');
  const item = isMime
    ? createFromMime(mailbox, folder, (await context.request.body()).toString('latin1'))
    : await createJson(context, mailbox, folder);
  return answerMessage(context, viewOf(context, mailbox, item), 201);
}

async function createJson(context: RequestContext, mailbox: Mailbox, folder: MailFolder): Promise<MailItem> {
  const json = await context.request.json();
  const isGuarded = mailbox.switches.get(CREATE_SENT_NEEDS_ADVANCED) && context.clock.now() >= ADVANCED_SINCE;
  const isSent = isCreatedSent(readProperties(json.singleValueExtendedProperties));
  if (isGuarded && isSent && !context.principal.roles.has(ADVANCED)) {
    throw new ApiError(
      403,
      'ErrorAccessDenied',
      `Access is denied. Creating a message that is no draft needs ${ADVANCED}.`,
    );
  }
  return createFromJson(mailbox, folder, json);
}

/** Base64 of MIME: always a draft, dated now (docs: graph/api/user-post-messages, example 2). */
function createFromMime(mailbox: Mailbox, folder: MailFolder, text: string): MailItem {
  const octets = decodeBase64(text);
  if (!octets || octets.length === 0) {
    throw new ApiError(400, 'ErrorMimeContentInvalidBase64String', 'Invalid base64 string for MIME content.');
  }
  const source = mailbox.nextSource();
  const blank = blankLetter(mailbox, source);
  const letter = { ...parseMime(octets, blank), mime: () => [octets] };
  const now = blank.sentAt;
  return mailbox.addItem({
    origin: writtenOrigin(source, now),
    folder,
    sentAt: now,
    receivedAt: now,
    isDraft: true,
    letter,
  });
}

/** 412 when the client saw another version than the present one (RFC 9110, 13.1.1). */
function requireMatch(context: RequestContext, mailbox: Mailbox, item: MailItem): void {
  const expected = context.request.headers['if-match'];
  if (expected === undefined || expected === '*') return;
  if (expected === `W/"${viewOf(context, mailbox, item).changeKey}"`) return;
  throw new ApiError(412, 'ErrorIrresolvableConflict', 'The change key is not the current one.');
}

async function update(context: RequestContext): Promise<SimResponse> {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  requireMatch(context, mailbox, item);
  updateFromJson(mailbox, item, await context.request.json(), context.principal.roles.has(ADVANCED));
  return answerMessage(context, viewOf(context, mailbox, item), 200);
}

function remove(context: RequestContext, isPermanent: boolean): SimResponse {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  requireMatch(context, mailbox, item);
  if (isPermanent) mailbox.removeItem(item);
  else deleteItem(mailbox, item);
  return { status: 204 };
}

async function relocate(context: RequestContext, how: 'move' | 'copy'): Promise<SimResponse> {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  const { destinationId } = await context.request.json();
  const target = requireOrdinary(requireFolder(mailbox, typeof destinationId === 'string' ? destinationId : undefined));
  if (how === 'copy') return answerMessage(context, viewOf(context, mailbox, mailbox.copyItem(item, target)), 201);
  mailbox.moveItem(item, target);
  return answerMessage(context, viewOf(context, mailbox, item), 201);
}

const outlook = { permissions: WRITE, bucket: 'outlook' } as const;

/** Writing messages (docs: graph/api/user-post-messages, message-update, -delete, -move, -copy, -permanentdelete). */
export const messageWriteRoutes: readonly Route[] = ['/users/{user}', '/users/{user}/mailFolders/{folder}'].flatMap(
  (base): Route[] => {
    const message = `${base}/messages/{message}`;
    return [
      { ...outlook, method: 'POST', pattern: `${base}/messages`, handle: create },
      { ...outlook, method: 'PATCH', pattern: message, handle: update },
      { ...outlook, method: 'DELETE', pattern: message, handle: async (context) => remove(context, false) },
      {
        ...outlook,
        method: 'POST',
        pattern: `${message}/permanentDelete`,
        handle: async (context) => remove(context, true),
      },
      { ...outlook, method: 'POST', pattern: `${message}/move`, handle: async (context) => relocate(context, 'move') },
      { ...outlook, method: 'POST', pattern: `${message}/copy`, handle: async (context) => relocate(context, 'copy') },
    ];
  },
);
