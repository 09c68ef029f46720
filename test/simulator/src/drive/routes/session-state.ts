import type { UploadSession as SessionAnswer } from '@microsoft/microsoft-graph-types';
import { ApiError } from '../../core/api-error.js';
import type { RequestContext } from '../../core/route.js';
import { drivesOf } from '../model/drive-world.js';
import type { UploadSession } from '../model/upload-session.js';

/** Sessions end after a time without a fragment; the answer names it (docs: graph/api/driveitem-createuploadsession). */
export const SESSION_LIFETIME_MS = 7 * 86_400_000;

/** `{"expirationDateTime","nextExpectedRanges":["26-"]}` */
export function sessionState(session: UploadSession): SessionAnswer {
  return {
    expirationDateTime: new Date(session.expiresAt).toISOString(),
    nextExpectedRanges: [`${session.incoming?.received ?? 0}-`],
  };
}

/** The session that the URL means; 404 when it is done, cancelled or expired: start again. */
export function requireSession({ request, tenant, clock }: RequestContext): UploadSession {
  const { uploads } = drivesOf(tenant);
  const session = uploads.get(request.params.session ?? '');
  if (session && clock.now() <= session.expiresAt) return session;
  if (session) uploads.delete(session.id);
  throw new ApiError(404, 'itemNotFound', 'The upload session was not found.');
}
