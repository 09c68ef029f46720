import { ApiError } from '../../core/api-error.js';
import type { Method, RequestContext, Route, SimResponse } from '../../core/route.js';
import { IncomingContent } from '../content/incoming-content.js';
import { isContainer } from '../model/drive-node.js';
import { drivesOf } from '../model/drive-world.js';
import type { UploadSession } from '../model/upload-session.js';
import { type DriveCall, notFound } from './address.js';
import { type FragmentRange, parseContentRange } from './byte-range.js';
import { bad } from './item-body.js';
import { requireSession, SESSION_LIFETIME_MS, sessionState } from './session-state.js';
import { stored } from './small-upload.js';
import { create, overwrite } from './store-content.js';

/** Every fragment but the last is a multiple of this (docs: graph/api/driveitem-createuploadsession). */
const FRAGMENT_UNIT = 327_680;
const FRAGMENT_LIMIT = 60 * 1024 * 1024;

/** The upload URL: fragments, status, cancelling, and the commit that was put off. The session itself was paid for when it was made. */
export const uploadHost: readonly Route[] = [
  onSession('PUT', putFragment),
  onSession('GET', async (context) => ({ status: 200, body: sessionState(requireSession(context)) })),
  onSession('DELETE', async (context) => {
    drivesOf(context.tenant).uploads.delete(requireSession(context).id);
    return { status: 204 };
  }),
  onSession('POST', async (context) => {
    const session = requireSession(context);
    if (session.incoming?.received !== session.totalBytes) throw bad('The upload is not complete.');
    return commit(context, session);
  }),
];

function onSession(method: Method, handle: (context: RequestContext) => Promise<SimResponse>): Route {
  return { method, pattern: '/personal/upload/{session}', permissions: [], bucket: 'none', host: 'content', handle };
}

async function putFragment(context: RequestContext): Promise<SimResponse> {
  const range = parseContentRange(context.request.headers['content-range']);
  const length = range.to - range.from;
  if (length >= FRAGMENT_LIMIT)
    throw new ApiError(413, 'fragmentTooLarge', 'A fragment has to be smaller than 60 MiB.');
  const bytes = await context.request.body(FRAGMENT_LIMIT);
  // Looked up behind the body: another fragment may have come in while this one was on its way.
  const session = requireSession(context);
  checkFragment(session, range);
  if (bytes.length !== length) throw bad('The body is not as long as Content-Range says.');
  session.totalBytes = range.total;
  session.incoming ??= new IncomingContent(drivesOf(context.tenant).library, range.total);
  session.incoming.write(bytes);
  session.expiresAt = context.clock.now() + SESSION_LIFETIME_MS;
  const isWhole = session.incoming.received === range.total;
  return isWhole && !session.isCommitDeferred ? commit(context, session) : { status: 202, body: sessionState(session) };
}

function checkFragment(session: UploadSession, { from, to, total }: FragmentRange): void {
  if (session.totalBytes !== undefined && session.totalBytes !== total) {
    throw bad('The total length differs from what was announced.');
  }
  if (from !== (session.incoming?.received ?? 0)) {
    throw new ApiError(
      416,
      'invalidRange',
      'The range was uploaded already or leaves a gap; ask for the next expected ranges.',
    );
  }
  if (to !== total && (to - from) % FRAGMENT_UNIT !== 0) {
    throw bad(`Every fragment but the last has to be a multiple of ${FRAGMENT_UNIT} bytes.`);
  }
}

function commit(context: RequestContext, session: UploadSession): SimResponse {
  const world = drivesOf(context.tenant);
  const drive = world.byId(session.driveId) ?? notFound();
  const { incoming, target } = session;
  const content = (incoming ?? new IncomingContent(world.library, 0)).finish();
  const call: DriveCall = { context, request: context.request, query: context.request.query, world, drive };
  const answer =
    'itemId' in target
      ? overwrite(call, drive.get(target.itemId) ?? notFound(), content, session)
      : createAt(call, target, content, session);
  world.uploads.delete(session.id);
  return stored(call, answer);
}

function createAt(
  call: DriveCall,
  target: Extract<UploadSession['target'], { parentId: string }>,
  content: ReturnType<IncomingContent['finish']>,
  session: UploadSession,
) {
  const parent = call.drive.get(target.parentId);
  if (!parent || !isContainer(parent)) notFound();
  return create(call, { parent, name: target.name, conflict: target.conflict }, content, session);
}
