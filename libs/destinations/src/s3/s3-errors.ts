import { AppError, type ErrorCode } from '@holdfast/kernel';
import { S3Error } from 'minio';
import { objectNotFound, rangeOutside } from '../object-errors.js';
import { systemCode } from '../system-code.js';

const denied = 'The destination refused the credentials';
const unavailable = 'The destination is busy or failed; the backup tries again';
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
  QuotaExceeded: [
    'STORE_FULL',
    'The quota of the bucket or its account is used up. Enlarge it; the backup goes on by itself.',
  ],
  InsufficientStorage: ['STORE_FULL', 'The destination has no room left. Enlarge it; the backup goes on by itself.'],
  PreconditionFailed: ['OBJECT_EXISTS', 'The destination holds an object of that name already; it was left as it is.'],
  ConditionalRequestConflict: ['STORE_UNAVAILABLE', 'Two writers met at one name; trying again settles it.'],
  XAmzContentSHA256Mismatch: [
    'STORE_UNAVAILABLE',
    'The bytes were changed on their way to the destination and refused there; they are sent again.',
  ],
  BadDigest: [
    'STORE_UNAVAILABLE',
    'The bytes were changed on their way to the destination and refused there; they are sent again.',
  ],
  SlowDown: ['STORE_UNAVAILABLE', unavailable],
  ServiceUnavailable: ['STORE_UNAVAILABLE', unavailable],
  InternalError: ['STORE_UNAVAILABLE', unavailable],
  RequestTimeout: ['STORE_UNAVAILABLE', unavailable],
};

/** Node's words for connections that fail. */
const BY_SYSTEM: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOTFOUND: [
    'STORE_UNAVAILABLE',
    'The host name of the destination is not known. Correct it, or check the name service of this machine.',
  ],
  EAI_AGAIN: [
    'STORE_UNAVAILABLE',
    'The name service of this machine does not answer, so the destination cannot be found.',
  ],
  ECONNREFUSED: [
    'STORE_UNAVAILABLE',
    'Nothing listens at the host and port of the destination. Correct the port, or start the service.',
  ],
  EHOSTUNREACH: ['STORE_UNAVAILABLE', 'The destination cannot be reached from this network. Check route and firewall.'],
  ENETUNREACH: ['STORE_UNAVAILABLE', 'The destination cannot be reached from this network. Check route and firewall.'],
  ETIMEDOUT: ['STORE_UNAVAILABLE', 'The destination does not answer. Check host, port and firewall.'],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    'STORE_REJECTED',
    'The destination does not speak TLS at that port. Turn TLS off, or enter its TLS port.',
  ],
  EPROTO: ['STORE_REJECTED', 'The destination does not speak TLS at that port. Turn TLS off, or enter its TLS port.'],
  HPE_INVALID_CONSTANT: [
    'STORE_REJECTED',
    'What answers at that port does not speak HTTP. Correct the port, or turn TLS on.',
  ],
  CERT_HAS_EXPIRED: ['STORE_REJECTED', "The destination's certificate has expired. Have it renewed."],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'STORE_REJECTED',
    "The destination's certificate is for another host name. Enter the name that it bears.",
  ],
};

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

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
  const code = systemCode(thrown) ?? '';
  const known = BY_SYSTEM[code];
  if (known) return new AppError(known[0], known[1], { cause: thrown, context: { systemCode: code } });
  if (UNTRUSTED.has(code))
    return new AppError(
      'STORE_REJECTED',
      "The destination's certificate is not trusted. Add the certificate of its authority to the settings.",
      { cause: thrown },
    );
  if (thrown instanceof S3Error) return s3AnswerError(0, code, thrown);
  // The client hides the status of a busy service in its message.
  return new AppError(
    'STORE_UNAVAILABLE',
    `The connection to the destination failed (${code || 'no cause given'}). Check its network; the backup tries again.`,
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
