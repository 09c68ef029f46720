import { AppError, type ErrorCode } from '@holdfast/kernel';
import { connectionError } from '../connection-errors.js';
import { ONLY_READ, TRY_AGAIN } from '../remedies.js';

/**
 * What is in the words of rclone and its backends, what it means and what to do. The words themselves are not repeated: they may name
 * accounts and paths.
 */
const BY_WORDS: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [
    /didn't find backend|unknown backend|can't find.*type/i,
    'STORE_REJECTED',
    'This version of rclone does not know the backend. Correct its name, or install a newer rclone.',
  ],
  [
    /no such host/i,
    'STORE_UNAVAILABLE',
    'The host name of the destination is not known. Correct the options of the backend.',
  ],
  [/connection refused/i, 'STORE_UNAVAILABLE', 'Nothing listens at the address in the options of the backend.'],
  [
    /x509|certificate|tls:/i,
    'STORE_REJECTED',
    "The destination's certificate is not trusted, or it does not speak TLS there.",
  ],
  [
    /401|unauthor|unauthenticated|invalid_grant|invalid_client|InvalidAuthenticationToken|token (has )?expired|no refresh token|unable to authenticate|couldn't fetch token|empty token|login|password/i,
    'STORE_DENIED',
    'The destination does not accept the credentials. Make a new section with `rclone config`, and save the destination anew.',
  ],
  [
    /403|permission denied|access denied|forbidden|insufficient.*(permission|scope)|accessDenied/i,
    'STORE_DENIED',
    'The destination refuses access. Give the account the right to list, read, write and delete in the folder.',
  ],
  [
    /no space left|quota|insufficient (storage|space)|507|storage ?limit/i,
    'STORE_FULL',
    `The destination has no room left. Free space or enlarge it. ${ONLY_READ}`,
  ],
];

/** Names what rclone answered. */
export function rcloneAnswerError(status: number, words: string): AppError {
  const details = { context: { status } };
  const known = BY_WORDS.find(([pattern]) => pattern.test(words));
  if (known) return new AppError(known[1], known[2], details);
  return new AppError(
    'STORE_UNAVAILABLE',
    `The destination failed, and rclone tells no cause that is known here. Try the same remote with \`rclone lsd\`. ${TRY_AGAIN}`,
    details,
  );
}

/** Names what the way to rclone threw. */
export function rcloneError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return (
    connectionError(thrown) ??
    new AppError(
      'STORE_UNAVAILABLE',
      `The program rclone ended or does not answer. The next request starts it anew. ${TRY_AGAIN}`,
      {
        cause: thrown,
      },
    )
  );
}
