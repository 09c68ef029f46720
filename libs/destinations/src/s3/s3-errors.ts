import { AppError, type ErrorCode } from '@holdfast/kernel';
import { S3Error } from 'minio';
import { connectionError } from '../connection-errors.js';
import { objectNotFound, rangeOutside } from '../object-errors.js';
import { ONLY_READ, TRY_AGAIN } from '../remedies.js';
import { systemCode } from '../system-code.js';

const denied = 'The destination refused the credentials';
const unavailable = `The destination is busy or failed for now, so what was asked of it did not happen. ${TRY_AGAIN}`;
const changed = `The bytes were changed on their way to the destination and refused there, so nothing was stored. ${TRY_AGAIN}`;
const wrongRegion = 'The bucket lies in another region than the settings say. Enter its own region and host.';

/** S3's own error codes, what they mean here and what to do. Source: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const BY_CODE: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  InvalidAccessKeyId: [
    'STORE_DENIED',
    `${denied}: it does not know the access key. Enter a valid access key and its secret.`,
  ],
  SignatureDoesNotMatch: [
    'STORE_DENIED',
    `${denied}: the secret key does not belong to the access key. Enter the secret key again.`,
  ],
  AccessDenied: [
    'STORE_DENIED',
    'The destination refused the right. Allow the access key to list the bucket and to read, write and delete its objects.',
  ],
  ExpiredToken: ['STORE_DENIED', `${denied}: they have expired. Enter current ones.`],
  AccountProblem: [
    'STORE_DENIED',
    `${denied}: there is a problem with the account. Ask the provider of the destination.`,
  ],
  RequestTimeTooSkewed: [
    'STORE_DENIED',
    'The destination refused the request because the clocks differ by more than 15 minutes. Set the clock of this machine.',
  ],
  NoSuchBucket: ['STORE_REJECTED', 'The bucket does not exist. Create it, or correct its name.'],
  PermanentRedirect: ['STORE_REJECTED', wrongRegion],
  MovedPermanently: ['STORE_REJECTED', wrongRegion],
  TemporaryRedirect: ['STORE_REJECTED', wrongRegion],
  AuthorizationHeaderMalformed: ['STORE_REJECTED', wrongRegion],
  QuotaExceeded: ['STORE_FULL', `The quota of the bucket or its account is used up. Enlarge it. ${ONLY_READ}`],
  InsufficientStorage: ['STORE_FULL', `The destination has no room left. Enlarge it. ${ONLY_READ}`],
  PreconditionFailed: ['OBJECT_EXISTS', 'The destination holds an object of that name already; it was left as it is.'],
  ConditionalRequestConflict: [
    'STORE_UNAVAILABLE',
    `Two writers met at one name, so this one stored nothing. ${TRY_AGAIN}`,
  ],
  XAmzContentSHA256Mismatch: ['STORE_UNAVAILABLE', changed],
  BadDigest: ['STORE_UNAVAILABLE', changed],
  SlowDown: ['STORE_UNAVAILABLE', unavailable],
  ServiceUnavailable: ['STORE_UNAVAILABLE', unavailable],
  InternalError: ['STORE_UNAVAILABLE', unavailable],
  RequestTimeout: ['STORE_UNAVAILABLE', unavailable],
};

/** Names what an S3 service answered: its error code, or the status where the answer had no body. */
export function s3AnswerError(status: number, code: string | undefined, cause?: unknown): AppError {
  if (code === 'NoSuchKey') return objectNotFound();
  if (code === 'InvalidRange' || status === 416) return rangeOutside();
  const details = { cause, context: { s3Code: code ?? 'none', status } };
  const known = BY_CODE[code ?? ''] ?? BY_CODE[CODE_BY_STATUS[status] ?? ''];
  if (known) return new AppError(known[0], known[1], details);
  if (status >= 500) return new AppError('STORE_UNAVAILABLE', unavailable, details);
  return new AppError(
    'STORE_REJECTED',
    `The destination refused the request (${code ?? status}). Check that the service is an S3-compatible one and its settings.`,
    details,
  );
}

const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  301: 'MovedPermanently',
  307: 'TemporaryRedirect',
  401: 'AccessDenied',
  403: 'AccessDenied',
  412: 'PreconditionFailed',
  429: 'SlowDown',
  507: 'InsufficientStorage',
};

/** Names what the S3 client or the connection threw. */
export function s3Error(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const broken = connectionError(thrown);
  if (broken) return broken;
  const code = systemCode(thrown) ?? '';
  if (thrown instanceof S3Error) return s3AnswerError(0, code, thrown);
  // The client hides the status of a busy service in its message.
  return new AppError(
    'STORE_UNAVAILABLE',
    `The connection to the destination failed (${code || 'no cause given'}). Check its network. ${TRY_AGAIN}`,
    { cause: thrown },
  );
}

/** Runs requests and names what they throw. */
export async function named<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    throw s3Error(thrown);
  }
}

/** Whether the service said that there is no such object (a HEAD's answer has no body, so the client says `NotFound`). */
export function saysAbsent(thrown: unknown): boolean {
  return systemCode(thrown) === 'NoSuchKey' || systemCode(thrown) === 'NotFound';
}
