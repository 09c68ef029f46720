export { CLOUDS, type CloudName, type CloudSettings, cloudByName, customCloud } from './cloud.js';
export {
  type Answer,
  type ProxySettings,
  Transport,
  type TransportOptions,
  type TransportRequest,
} from './http/transport.js';
export { GraphClient, type GraphClientOptions } from './graph-client.js';
export type { GraphRequest, PreauthenticatedRequest } from './graph-request.js';
export { GraphFailure, isAnswerLost, isGraphCode } from './graph-failure.js';
export { GRAPH_ERRORS, type GraphErrorRow } from './graph-errors.js';
export { changedWhileRead, unexpectedAnswer } from './http/error-body.js';
export type { OpenAnswer } from './http/open-answer.js';
export { RETRY_LIMITS, type RetryLimits, Tries } from './http/retry-policy.js';
export { TokenSource } from './token-source.port.js';
export type { ObservedRequest, RequestObserver } from './request-observer.port.js';
export { RequestCounters, type RequestTotals } from './request-counters.js';
export { entries, type Page, pages } from './paging.js';
export { type DeltaPage, deltaRound } from './delta.js';
export { type Batch, type BatchMember, type BatchResult, BATCH_MEMBERS, readBatch } from './batch.js';
export { parseAnswer } from './parse-answer.js';
export { QuickXorHash } from './quick-xor-hash.js';
export { type Download, download } from './transfer/download.js';
export {
  ATTACHMENT_FRAGMENT_BYTES,
  DRIVE_FRAGMENT_BYTES,
  type Upload,
  upload,
  type UploadEnd,
} from './transfer/upload-session.js';
export type { AppCredential } from './sign-in/app-credential.js';
export { acquireAppToken, type AppIdentity, type AppToken, type SignInPlace } from './sign-in/acquire-app-token.js';
export { AppTokenSource } from './sign-in/app-token-source.js';
export {
  type BudgetBucket,
  type BudgetDemand,
  type BudgetOutcome,
  type BudgetTicket,
  type RateLimit,
  RequestBudget,
} from './budget/request-budget.port.js';
export {
  APP_LIMIT,
  IDENTITY_COST,
  identityLimit,
  LARGEST_DEMAND,
  OUTLOOK_LIMITS,
  SHAREPOINT_COST,
  sharepointLimits,
  type TenantSize,
  type WindowLimit,
} from './budget/buckets.js';
export { SlidingWindow, type WindowUse } from './budget/sliding-window.js';
export { fenceOf, type Fence, type FenceScope } from './budget/fence.js';
export { LocalBudget, type LocalBudgetOptions } from './budget/local-budget.js';
export { type DirectoryUser, listUsers, listUsersPage } from './directory/users.js';
export { type AccountUsage, readUsage, type UsageOf } from './directory/usage-reports.js';
export { type Licence, listLicences, sharePointSeats } from './directory/licences.js';
export { getOrganization, type Organization } from './directory/organization.js';
export { getMailboxPurpose, type MailboxPurpose } from './directory/mailbox-purpose.js';
export { getUserDrive, type UserDrive } from './directory/drive-presence.js';
export {
  checkPermissions,
  PERMISSION_NEEDS,
  type PermissionFinding,
  type PermissionNeed,
  type Purpose,
} from './directory/permissions.js';
export { type ConnectionReport, type Probe, testConnection } from './directory/test-connection.js';
