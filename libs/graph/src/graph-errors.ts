import type { ErrorCode } from '@holdfast/kernel';

/** How often a request with this answer is repeated: never, once or twice, or as long as the policy allows. */
export type Patience = 'none' | 'little' | 'full';

export interface GraphErrorRow {
  readonly code: ErrorCode;
  readonly patience: Patience;
  /** What it means and what to do, as a clause that follows "Microsoft answered 404 itemNotFound:". */
  readonly means: string;
  readonly source: string;
}

const ERRORS_PAGE = 'Graph documentation, concepts/errors.md';
const CORSO = 'seen by alcionai/corso, pkg/services/m365/api/graph/errors.go';
const DELTA = 'Graph documentation, concepts/delta-query-overview.md';
const UPLOAD = 'Graph documentation, api/driveitem-createuploadsession.md';

const row = (code: ErrorCode, patience: Patience, means: string, source: string): GraphErrorRow => ({
  code,
  patience,
  means,
  source,
});
const gone = 'the thing does not exist (any more), or the app may not know of it.';
const lost = 'the delta token is too old; everything has to be listed once more.';
const slow = 'the service asks to wait.';
const down = 'the service failed; this usually passes.';

/** Microsoft's error codes, in lower case because their case varies, and what we make of each. */
export const GRAPH_ERRORS: Readonly<Record<string, GraphErrorRow>> = {
  applicationthrottled: row('GRAPH_THROTTLED', 'full', slow, CORSO),
  toomanyrequests: row('GRAPH_THROTTLED', 'full', slow, 'Graph documentation, concepts/throttling.md'),
  activitylimitreached: row('GRAPH_THROTTLED', 'full', slow, 'github.com/OneDrive/onedrive-api-docs/issues/744'),
  throttledrequest: row('GRAPH_THROTTLED', 'full', slow, 'github.com/OneDrive/onedrive-api-docs/issues/880'),
  invalidauthenticationtoken: row(
    'GRAPH_DENIED',
    'none',
    'the token is not accepted; test the tenant’s sign-in.',
    CORSO,
  ),
  authenticationerror: row('GRAPH_DENIED', 'none', 'the token is not accepted; test the tenant’s sign-in.', CORSO),
  unauthenticated: row('GRAPH_DENIED', 'none', 'the token is not accepted; test the tenant’s sign-in.', ERRORS_PAGE),
  authorization_requestdenied: row(
    'GRAPH_DENIED',
    'none',
    'the app lacks a permission; test the tenant to see which.',
    CORSO,
  ),
  erroraccessdenied: row(
    'GRAPH_DENIED',
    'none',
    'the app lacks a permission, or an access policy keeps it from this mailbox.',
    'Graph documentation, concepts/auth-limit-mailbox-access.md',
  ),
  accessdenied: row('GRAPH_DENIED', 'none', 'the app lacks a permission for this drive or site.', ERRORS_PAGE),
  notallowed: row('GRAPH_DENIED', 'none', 'the service does not allow this to the app.', CORSO),
  erroritemnotfound: row('GRAPH_NOT_FOUND', 'none', gone, CORSO),
  errorfoldernotfound: row('GRAPH_NOT_FOUND', 'none', gone, ERRORS_PAGE),
  errorsyncfoldernotfound: row('GRAPH_NOT_FOUND', 'none', gone, CORSO),
  errorinvaliduser: row('GRAPH_NOT_FOUND', 'none', 'the user has no mailbox.', CORSO),
  mailboxnotenabledforrestapi: row('GRAPH_NOT_FOUND', 'none', 'the user has no mailbox that the API serves.', CORSO),
  request_resourcenotfound: row('GRAPH_NOT_FOUND', 'none', gone, CORSO),
  resourcenotfound: row('GRAPH_NOT_FOUND', 'none', gone, CORSO),
  itemnotfound: row('GRAPH_NOT_FOUND', 'none', gone, ERRORS_PAGE),
  uploadsessionnotfound: row(
    'GRAPH_NOT_FOUND',
    'none',
    'the upload session has ended; the upload starts again.',
    UPLOAD,
  ),
  errorfolderexists: row('ALREADY_EXISTS', 'none', 'a folder of that name is there.', CORSO),
  namealreadyexists: row('ALREADY_EXISTS', 'none', 'an item of that name is there.', UPLOAD),
  syncstatenotfound: row('CURSOR_LOST', 'none', lost, DELTA),
  syncstateinvalid: row('CURSOR_LOST', 'none', lost, CORSO),
  resyncrequired: row('CURSOR_LOST', 'none', lost, DELTA),
  resyncchangesapplydifferences: row('CURSOR_LOST', 'none', lost, 'Graph documentation, api/driveitem-delta.md'),
  resyncchangesuploaddifferences: row('CURSOR_LOST', 'none', lost, 'Graph documentation, api/driveitem-delta.md'),
  resyncapplydifferences: row('CURSOR_LOST', 'none', lost, ERRORS_PAGE),
  resyncuploaddifferences: row('CURSOR_LOST', 'none', lost, ERRORS_PAGE),
  errorcorruptdata: row('GRAPH_REJECTED', 'little', 'the item is damaged in the mailbox and cannot be read.', CORSO),
  errorcannotopenfileattachment: row('GRAPH_REJECTED', 'little', 'an attachment is damaged and cannot be read.', CORSO),
  errorquotaexceeded: row('GRAPH_REJECTED', 'none', 'the mailbox is full.', CORSO),
  quotalimitreached: row('GRAPH_REJECTED', 'none', 'the drive or site is full.', ERRORS_PAGE),
  errorinvalidrecipients: row('GRAPH_REJECTED', 'none', 'a recipient is not a valid address.', CORSO),
  errormimecontentinvalidbase64string: row('GRAPH_REJECTED', 'none', 'the MIME body is not base64.', ERRORS_PAGE),
  malwaredetected: row(
    'GRAPH_REJECTED',
    'none',
    'the service found malware in the file and does not hand it out.',
    CORSO,
  ),
  virussuspicious: row(
    'GRAPH_REJECTED',
    'none',
    'the service found malware in the file and does not hand it out.',
    ERRORS_PAGE,
  ),
  resourcelocked: row('GRAPH_REJECTED', 'little', 'the file is locked or checked out.', CORSO),
  sharingdisabled: row('GRAPH_REJECTED', 'none', 'sharing is turned off for this site.', CORSO),
  noresolvedusers: row('GRAPH_REJECTED', 'none', 'none of the people could be found.', CORSO),
  invalidrange: row('GRAPH_REJECTED', 'none', 'the byte range is already there or cannot be had.', UPLOAD),
  fragmentoutoforder: row('GRAPH_REJECTED', 'none', 'a piece of the upload came out of order.', ERRORS_PAGE),
  cannotsnapshottree: row(
    'GRAPH_UNAVAILABLE',
    'full',
    'the folder tree is changing too fast to be listed.',
    ERRORS_PAGE,
  ),
  pathistoolong: row(
    'GRAPH_REJECTED',
    'none',
    'the path is longer than the service allows (400 characters).',
    ERRORS_PAGE,
  ),
  pathtoodeep: row('GRAPH_REJECTED', 'none', 'the path is deeper than the service allows.', ERRORS_PAGE),
  maxfilesizeexceeded: row('GRAPH_REJECTED', 'none', 'the file is larger than the service allows.', ERRORS_PAGE),
  servicenotavailable: row('GRAPH_UNAVAILABLE', 'full', down, ERRORS_PAGE),
  generalexception: row('GRAPH_UNAVAILABLE', 'full', down, ERRORS_PAGE),
  badgateway: row('GRAPH_UNAVAILABLE', 'full', down, ERRORS_PAGE),
};

const byStatus: Readonly<Record<number, GraphErrorRow>> = {
  400: row('GRAPH_REJECTED', 'none', 'the service refuses what the request says.', ERRORS_PAGE),
  401: row('GRAPH_DENIED', 'none', 'the token is not accepted; test the tenant’s sign-in.', ERRORS_PAGE),
  403: row(
    'GRAPH_DENIED',
    'none',
    'the app may not do this; test the tenant to see which permission is missing.',
    ERRORS_PAGE,
  ),
  404: row('GRAPH_NOT_FOUND', 'none', gone, ERRORS_PAGE),
  409: row('CONFLICT', 'none', 'the thing is in a state that does not allow this.', ERRORS_PAGE),
  410: row('CURSOR_LOST', 'none', lost, DELTA),
  412: row('CONFLICT', 'none', 'the thing changed since it was read.', ERRORS_PAGE),
  416: row('GRAPH_REJECTED', 'none', 'the byte range is already there or cannot be had.', ERRORS_PAGE),
  423: row('GRAPH_REJECTED', 'little', 'the thing is locked.', ERRORS_PAGE),
  429: row('GRAPH_THROTTLED', 'full', slow, ERRORS_PAGE),
  501: row('GRAPH_REJECTED', 'none', 'the service does not do this.', ERRORS_PAGE),
  507: row('GRAPH_REJECTED', 'none', 'the target is full.', ERRORS_PAGE),
  509: row('GRAPH_THROTTLED', 'full', slow, ERRORS_PAGE),
};

const failing = row('GRAPH_UNAVAILABLE', 'full', down, ERRORS_PAGE);
const unknown = row('GRAPH_UNEXPECTED', 'little', 'the answer is none that the documentation knows.', ERRORS_PAGE);
/** Seen for things that were there a second later, so it proves nothing. */
const emptyNotFound = row(
  'GRAPH_UNAVAILABLE',
  'little',
  'the service lost its way; an empty 404 proves nothing.',
  CORSO,
);

/** What an answer means: by its code where the table has it, else by its status. A 429 asks to wait, whatever its code. */
export function explain(status: number, graphCode: string, hasBody: boolean): GraphErrorRow {
  if (status === 404 && !hasBody) return emptyNotFound;
  if (status === 429) return byStatus[429] ?? unknown;
  return GRAPH_ERRORS[graphCode] ?? byStatus[status] ?? (status >= 500 ? failing : unknown);
}
