import { AppError, type ErrorCode } from '@holdfast/kernel';
import { connectionError } from '../connection-errors.js';
import { objectExists, objectNotFound, rangeOutside } from '../object-errors.js';
import { ONLY_READ, TRY_AGAIN } from '../remedies.js';
import { systemCode } from '../system-code.js';

/** What was asked for, as a shared access signature names the right to it. */
export type AzureRight = 'read' | 'create' | 'write' | 'list' | 'delete';

const denied = 'The destination refused the credentials';
const unavailable = `The destination is busy or failed for now, so what was asked of it did not happen. ${TRY_AGAIN}`;
const changed = `The bytes were changed on their way to the destination and refused there, so nothing was stored. ${TRY_AGAIN}`;
const signature =
  'Check that the account key belongs to the account, or that the shared access signature is whole and has not expired, and that the clock of this machine is right.';

/**
 * The service's own error codes, what they mean here and what to do.
 * Source: learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes and blob-service-error-codes
 */
const BY_CODE: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  AuthenticationFailed: ['STORE_DENIED', `${denied}. ${signature}`],
  AuthorizationFailure: ['STORE_DENIED', `${denied}. ${signature} A firewall of the account answers the same.`],
  InvalidAuthenticationInfo: ['STORE_DENIED', `${denied}. ${signature}`],
  NoAuthenticationInformation: ['STORE_DENIED', `${denied}. ${signature}`],
  KeyBasedAuthenticationNotPermitted: [
    'STORE_DENIED',
    'The storage account does not let its keys be used. Allow shared key access in its configuration.',
  ],
  AuthorizationProtocolMismatch: [
    'STORE_DENIED',
    'The shared access signature is for HTTPS alone. Turn TLS on, or have one issued that allows HTTP.',
  ],
  AuthorizationSourceIPMismatch: [
    'STORE_DENIED',
    'The shared access signature is for other addresses than the one that this machine connects from. Have one issued for it.',
  ],
  AuthorizationServiceMismatch: [
    'STORE_DENIED',
    'The shared access signature is not for the blob service. Have one issued for it.',
  ],
  AuthorizationResourceTypeMismatch: [
    'STORE_DENIED',
    'The shared access signature is not for containers and their objects. Have one issued for both (srt=co).',
  ],
  AccountIsDisabled: ['STORE_DENIED', 'The storage account is disabled. Have it enabled.'],
  ContainerDisabled: ['STORE_DENIED', 'The container is disabled. Have it enabled.'],
  ContainerNotFound: ['STORE_REJECTED', 'The container does not exist. Create it, or correct its name.'],
  ContainerBeingDeleted: [
    'STORE_REJECTED',
    'The container is being deleted. Use another, or create it again when it is gone.',
  ],
  InvalidResourceName: ['STORE_REJECTED', 'The service refuses the name of the container. Correct it.'],
  BlobImmutableDueToPolicy: [
    'STORE_REJECTED',
    'The destination locks the object (immutability policy or legal hold), so it cannot be replaced or deleted yet.',
  ],
  BlobArchived: [
    'STORE_REJECTED',
    'The object lies in the archive tier, where it cannot be read. Rehydrate it, and keep the container out of rules that archive.',
  ],
  BlobBeingRehydrated: [
    'STORE_UNAVAILABLE',
    'The object is on its way out of the archive tier. Try again in some hours.',
  ],
  LeaseIdMissing: [
    'STORE_REJECTED',
    'Another program holds a lease on the object, so it cannot be changed. Break the lease, and let no other program write to this container.',
  ],
  UnsupportedHeader: [
    'STORE_REJECTED',
    'The service does not know a part of the request. Check that it is the blob service of Azure, or one that speaks the same.',
  ],
  AccountBeingCreated: ['STORE_UNAVAILABLE', 'The storage account is still being created. Try again in some minutes.'],
  AccountLimitExceeded: ['STORE_FULL', `The storage account has reached its limit. Enlarge it. ${ONLY_READ}`],
  InsufficientAccountPermissions: [
    'STORE_DENIED',
    'The storage account may not be written to. A secondary region can only be read: enter the primary one.',
  ],
  Md5Mismatch: ['STORE_UNAVAILABLE', changed],
  Crc64Mismatch: ['STORE_UNAVAILABLE', changed],
  InvalidBlockList: ['STORE_UNAVAILABLE', `Two writers met at one name, so this one stored nothing. ${TRY_AGAIN}`],
  ServerBusy: ['STORE_UNAVAILABLE', unavailable],
  InternalError: ['STORE_UNAVAILABLE', unavailable],
  OperationTimedOut: ['STORE_UNAVAILABLE', unavailable],
};

/** Rights that a signature may lack, by the letter that stands for each in its `sp`. */
const RIGHTS: Readonly<Record<AzureRight, string>> = {
  read: 'to read objects (r)',
  create: 'to create objects (c)',
  write: 'to write objects (w)',
  list: 'to list objects (l)',
  delete: 'to delete objects (d)',
};

/** What the service answered, where an answer came. */
function answerOf(thrown: unknown): { readonly code: string | undefined; readonly status: number } | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('statusCode' in thrown)) return undefined;
  const { statusCode: status } = thrown;
  return typeof status === 'number' ? { status, code: codeIn(thrown) } : undefined;
}

/** The answer to a HEAD has no body: its code stands in a header. */
function codeIn(thrown: object): string | undefined {
  const headers: unknown = 'response' in thrown && thrown.response;
  const named = hasHeaders(headers) ? headers.headers.get('x-ms-error-code') : undefined;
  return named ?? systemCode(thrown);
}

function hasHeaders(response: unknown): response is { readonly headers: { get(name: string): string | undefined } } {
  return typeof response === 'object' && response !== null && 'headers' in response;
}

/** The service's word for a failure, if it answered one. */
export function azureCode(thrown: unknown): string | undefined {
  return answerOf(thrown)?.code;
}

/** Names what the client or the connection threw while `right` was made use of. The client's own errors hold addresses with signatures, so none of them goes along. */
export function azureError(thrown: unknown, right: AzureRight): AppError {
  if (thrown instanceof AppError) return thrown;
  const answer = answerOf(thrown);
  if (!answer) return brokenConnection(thrown);
  const { code, status } = answer;
  const context = { azureCode: code ?? 'none', status };
  if (code === 'BlobNotFound') return objectNotFound();
  if (code === 'InvalidRange' || status === 416) return rangeOutside();
  if (code === 'BlobAlreadyExists' || code === 'ConditionNotMet' || code === 'TargetConditionNotMet')
    return objectExists();
  if (code === 'AuthorizationPermissionMismatch')
    return new AppError(
      'STORE_DENIED',
      `The shared access signature does not give the right ${RIGHTS[right]}. Have one issued that gives all of read, add, create, write, delete and list (sp=racwdl).`,
      { context },
    );
  const known = BY_CODE[code ?? ''] ?? BY_CODE[CODE_BY_STATUS[status] ?? ''];
  if (known) return new AppError(known[0], known[1], { context });
  if (status >= 500) return new AppError('STORE_UNAVAILABLE', unavailable, { context });
  return new AppError(
    'STORE_REJECTED',
    `The destination refused the request (${code ?? status}). Check that the service is the blob service of Azure, or one that speaks the same, and its settings.`,
    { context },
  );
}

const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'AuthenticationFailed',
  403: 'AuthorizationFailure',
  429: 'ServerBusy',
  503: 'ServerBusy',
};

function brokenConnection(thrown: unknown): AppError {
  const code = systemCode(thrown);
  const named = connectionError({ code });
  if (named) return named;
  return new AppError(
    'STORE_UNAVAILABLE',
    `The connection to the destination failed (${code ?? 'no cause given'}). Check its network. ${TRY_AGAIN}`,
    { context: { systemCode: code ?? 'none' } },
  );
}

/** Runs requests that make use of `right` and names what they throw. */
export async function named<Result>(right: AzureRight, operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    throw azureError(thrown, right);
  }
}
