import { ApiError } from '../../core/api-error.js';
import type { RequestContext, Route, SimResponse } from '../../core/route.js';
import { GivenBytes } from '../content/attachment-bytes.js';
import { attachmentId } from '../model/ids.js';
import type { Mailbox, UploadSession } from '../model/mailbox.js';
import { attach, SMALL_ATTACHMENT_BYTES } from './attachment-routes.js';
import { mailboxOf, notFound, requireItem, viewOf, WRITE } from './open.js';
import { invalid, isObject, readText } from './read-json.js';

/** docs: graph/outlook-large-attachments */
const LARGEST_BYTES = 150 * 1024 * 1024;
const CHUNK_BYTES = 4 * 1024 * 1024;
const SESSION_MS = 2 * 3_600_000;
const RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;

const SESSION = '/api/gv1.0/users/{user}/attachmentsessions/{session}';

async function open(context: RequestContext): Promise<SimResponse> {
  const mailbox = mailboxOf(context);
  const item = requireItem(context, mailbox);
  const { AttachmentItem: described, attachmentItem = described } = await context.request.json();
  if (!isObject(attachmentItem)) throw invalid('AttachmentItem', 'expected {"attachmentType","name","size"}');
  const session: UploadSession = {
    item,
    messageId: viewOf(context, mailbox, item).id,
    name: readText('AttachmentItem/name', attachmentItem.name),
    contentType:
      typeof attachmentItem.contentType === 'string' ? attachmentItem.contentType : 'application/octet-stream',
    contentId: typeof attachmentItem.contentId === 'string' ? attachmentItem.contentId : null,
    isInline: attachmentItem.isInline === true,
    size: sizeIn(attachmentItem),
    expiresAt: context.clock.now() + SESSION_MS,
    pieces: [],
    received: 0,
  };
  const name = mailbox.addUpload(session);
  const path = SESSION.replace('{user}', encodeURIComponent(mailbox.userId)).replace('{session}', name);
  return { status: 201, body: { uploadUrl: context.contentUrl(path, SESSION_MS), ...progress(session) } };
}

function sizeIn({ attachmentType, size }: Readonly<Record<string, unknown>>): number {
  if (attachmentType !== 'file') throw invalid('AttachmentItem/attachmentType', 'expected file');
  if (typeof size !== 'number' || !Number.isInteger(size))
    throw invalid('AttachmentItem/size', 'expected a whole number');
  if (size < SMALL_ATTACHMENT_BYTES) {
    const message = 'Attachments below 3 MB are posted in one request.';
    throw new ApiError(400, 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize', message);
  }
  if (size > LARGEST_BYTES)
    throw new ApiError(413, 'ErrorMessageSizeExceeded', 'The attachment is larger than 150 MB.');
  return size;
}

const progress = ({ expiresAt, received }: UploadSession): object => ({
  expirationDateTime: new Date(expiresAt).toISOString(),
  nextExpectedRanges: [`${received}-`],
});

function sessionOf(context: RequestContext): { mailbox: Mailbox; session: UploadSession; name: string } {
  const mailbox = mailboxOf(context);
  const name = context.request.params.session ?? '';
  const session = mailbox.uploads.get(name);
  const isThere = session?.item.folder.items.has(session.item) === true;
  if (!session || !isThere || session.expiresAt <= context.clock.now()) throw notFound();
  return { mailbox, session, name };
}

async function put(context: RequestContext): Promise<SimResponse> {
  const { mailbox, session, name } = sessionOf(context);
  const [, from, to, total] = RANGE.exec(context.request.headers['content-range'] ?? '') ?? [];
  const piece = await context.request.body(CHUNK_BYTES);
  const isNext = Number(from) === session.received && Number(total) === session.size && Number(to) < session.size;
  if (!isNext || Number(to) - Number(from) + 1 !== piece.length) {
    throw new ApiError(
      416,
      'invalidRange',
      `The range has to begin at ${session.received} of ${session.size} bytes and to match the body.`,
    );
  }
  session.pieces.push(piece);
  session.received += piece.length;
  if (session.received < session.size) return { status: 200, body: progress(session) };
  mailbox.uploads.delete(name);
  return finish(mailbox, session);
}

function finish(mailbox: Mailbox, session: UploadSession): SimResponse {
  const { item, messageId, contentType, contentId, isInline } = session;
  const content = new GivenBytes(Buffer.concat(session.pieces));
  const added = attach(mailbox, item, (number) => ({
    kind: 'file',
    number,
    name: session.name,
    contentType,
    contentId,
    isInline,
    content,
  }));
  const id = attachmentId(messageId, added.number);
  const location = `https://outlook.office.com/api/v2.0/Users('${mailbox.userId}')/Messages('${messageId}')/Attachments('${id}')`;
  return { status: 201, headers: { Location: location } };
}

function cancel(context: RequestContext): SimResponse {
  const { mailbox, name } = sessionOf(context);
  mailbox.uploads.delete(name);
  return { status: 204 };
}

const content = { host: 'content', permissions: [], bucket: 'outlook', pattern: SESSION } as const;

/** Large attachments (docs: graph/api/attachment-createuploadsession); the upload URL takes no token. */
export const uploadSessionRoutes: readonly Route[] = [
  {
    method: 'POST',
    pattern: '/users/{user}/messages/{message}/attachments/createUploadSession',
    permissions: WRITE,
    bucket: 'outlook',
    handle: open,
  },
  { ...content, method: 'PUT', handle: put },
  {
    ...content,
    method: 'GET',
    handle: async (context) => ({ status: 200, body: progress(sessionOf(context).session) }),
  },
  { ...content, method: 'DELETE', handle: async (context) => cancel(context) },
];
