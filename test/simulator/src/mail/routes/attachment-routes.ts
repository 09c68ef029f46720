import { ApiError } from '../../core/api-error.js';
import { project } from '../../core/odata.js';
import type { RequestContext, Route, SimResponse } from '../../core/route.js';
import type { Attachment } from '../content/letter.js';
import { attachmentId } from '../model/ids.js';
import type { MailItem } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { EXPANDED_ITEM_ATTACHMENTS } from '../switches.js';
import { attachmentJson, attachmentOctets } from './attachment-json.js';
import { isItemExpand } from './expand-message.js';
import { octets } from './message-routes.js';
import { editedLetter } from './message-writes.js';
import { contextUrl, mailboxOf, notFound, READ, requireItem, requireReadable, viewOf, WRITE } from './open.js';
import { collection, pageOf } from './paging.js';
import { readAttachment } from './read-attachment.js';

/** docs: graph/outlook-large-attachments */
export const SMALL_ATTACHMENT_BYTES = 3 * 1024 * 1024;

const BASE: ReadonlySet<string> = new Set(['id', 'name', 'contentType', 'size', 'isInline', 'lastModifiedDateTime']);

/** `$select` names the base type's properties, or a derived type's behind its name. */
function selected(context: RequestContext): readonly string[] | undefined {
  return context.request.query.select?.map((path) => {
    if (BASE.has(path) || path === '*') return path;
    const cast = /^microsoft\.graph\.(?:file|item|reference)Attachment\/(\w+)$/i.exec(path)?.[1];
    if (cast !== undefined) return cast;
    const message = `Could not find a property named '${path}' on type 'microsoft.graph.attachment'.`;
    throw new ApiError(400, 'BadRequest', `Parsing OData Select and Expand failed: ${message}`);
  });
}

function shown(
  context: RequestContext,
  mailbox: Mailbox,
  item: MailItem,
  attachment: Attachment,
): Record<string, unknown> {
  const select = selected(context);
  const { expand } = context.request.query;
  const other = expand.find((asked) => !isItemExpand(asked));
  if (other)
    throw new ApiError(
      400,
      'BadRequest',
      `Could not find a property named '${other.name}' on type 'microsoft.graph.attachment'.`,
    );
  const json = attachmentJson({
    attachment,
    messageId: viewOf(context, mailbox, item).id,
    modifiedAt: item.modifiedAt,
    withContent: !select || select.includes('contentBytes'),
    withItem: expand.length > 0,
    withItemAttachments: mailbox.switches.get(EXPANDED_ITEM_ATTACHMENTS),
  });
  return project(json, select, ['id', 'item']);
}

function list(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  requireReadable(item);
  const page = pageOf(context, mailbox.letterOf(item).attachments);
  const value = page.elements.map((attachment) => shown(context, mailbox, item, attachment));
  return { status: 200, body: collection(page, { context: contextUrl(context, 'messages/attachments'), value }) };
}

function requireAttachment(context: RequestContext, mailbox: Mailbox, item: MailItem): Attachment {
  const { id } = viewOf(context, mailbox, item);
  const found = mailbox
    .letterOf(item)
    .attachments.find(({ number }) => attachmentId(id, number) === context.request.params.attachment);
  if (!found) throw notFound();
  return found;
}

function get(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  requireReadable(item);
  const attachment = requireAttachment(context, mailbox, item);
  const body = {
    '@odata.context': contextUrl(context, 'messages/attachments/$entity'),
    ...shown(context, mailbox, item, attachment),
  };
  return { status: 200, body };
}

function value(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  requireReadable(item);
  const attachment = requireAttachment(context, mailbox, item);
  const pieces = attachmentOctets(attachment);
  if (!pieces) throw new ApiError(405, 'ErrorInvalidRequest', 'A reference attachment has no content.');
  return { status: 200, headers: { 'Content-Type': attachment.contentType }, body: octets(pieces) };
}

/** Adds an attachment behind the others; its number was never used in this message. */
export function attach(mailbox: Mailbox, item: MailItem, make: (number: number) => Attachment): Attachment {
  const letter = mailbox.letterOf(item);
  const attachment = make(Math.max(0, ...letter.attachments.map(({ number }) => number)) + 1);
  const attachments = [...letter.attachments, attachment];
  mailbox.changeItem(item, 'other', () => {
    item.letter = editedLetter(letter, [{ attachments }]);
  });
  return attachment;
}

async function add(context: RequestContext): Promise<SimResponse> {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  const json = await context.request.json();
  const attachment = readAttachment(json, 0);
  if (attachment.kind === 'file' && attachment.content.bytes >= SMALL_ATTACHMENT_BYTES) {
    throw new ApiError(413, 'ErrorMessageSizeExceeded', 'Attachments of 3 MB and more need an upload session.');
  }
  const added = attach(mailbox, item, (number) => ({ ...attachment, number }));
  return { status: 201, body: shown(context, mailbox, item, added) };
}

function remove(context: RequestContext): SimResponse {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  const attachment = requireAttachment(context, mailbox, item);
  const letter = mailbox.letterOf(item);
  mailbox.changeItem(item, 'other', () => {
    item.letter = editedLetter(letter, [{ attachments: letter.attachments.filter((other) => other !== attachment) }]);
  });
  return { status: 204 };
}

const ATTACHMENTS = '/users/{user}/messages/{message}/attachments';
const outlook = { bucket: 'outlook' } as const;

/** docs: graph/api/message-list-attachments, attachment-get, message-post-attachments, attachment-delete */
export const attachmentRoutes: readonly Route[] = [
  {
    ...outlook,
    method: 'GET',
    pattern: ATTACHMENTS,
    permissions: READ,
    options: ['$select', '$expand', '$top', '$skip'],
    handle: async (context) => list(context),
  },
  { ...outlook, method: 'POST', pattern: ATTACHMENTS, permissions: WRITE, handle: add },
  {
    ...outlook,
    method: 'GET',
    pattern: `${ATTACHMENTS}/{attachment}`,
    permissions: READ,
    options: ['$select', '$expand'],
    handle: async (context) => get(context),
  },
  {
    ...outlook,
    method: 'GET',
    pattern: `${ATTACHMENTS}/{attachment}/$value`,
    permissions: READ,
    handle: async (context) => value(context),
  },
  {
    ...outlook,
    method: 'DELETE',
    pattern: `${ATTACHMENTS}/{attachment}`,
    permissions: WRITE,
    handle: async (context) => remove(context),
  },
];
