import { AppError, type ErrorCode } from '@holdfast/kernel';
import { connectionError } from '../connection-errors.js';
import { ONLY_READ, TRY_AGAIN } from '../remedies.js';

/** Status codes of the protocol. Source: draft-ietf-secsh-filexfer-02, section 7. */
const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;
const FAILURE = 4;
const NO_CONNECTION = 6;
const CONNECTION_LOST = 7;
const OP_UNSUPPORTED = 8;

const BY_STATUS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  [NO_SUCH_FILE]: [
    'STORE_UNAVAILABLE',
    `A folder of the destination has gone from the server, so nothing in it can be read or written. Check the drive there. ${TRY_AGAIN}`,
  ],
  [PERMISSION_DENIED]: [
    'STORE_DENIED',
    'The server refuses access. Give the account the right to list, read, write and delete in the folder.',
  ],
  [FAILURE]: [
    'STORE_UNAVAILABLE',
    'The server could not do what was asked and says no more. Check its drive, its room and its quota.',
  ],
  [NO_CONNECTION]: ['STORE_UNAVAILABLE', `The server has lost its own connection to the files. ${TRY_AGAIN}`],
  [CONNECTION_LOST]: ['STORE_UNAVAILABLE', `The server has lost its own connection to the files. ${TRY_AGAIN}`],
  [OP_UNSUPPORTED]: [
    'STORE_REJECTED',
    'The server cannot do what Holdfast needs. Use another SFTP server, such as OpenSSH.',
  ],
};

function property(thrown: unknown, name: string): unknown {
  return typeof thrown === 'object' && thrown !== null
    ? Object.getOwnPropertyDescriptor(thrown, name)?.value
    : undefined;
}

/** The protocol's status of a refusal, if it is one. */
export function statusOf(thrown: unknown): number | undefined {
  const code = property(thrown, 'code');
  return typeof code === 'number' ? code : undefined;
}

export const saysAbsent = (thrown: unknown) => statusOf(thrown) === NO_SUCH_FILE;
/** OpenSSH says no more than this for a name that is taken. */
export const saysFailure = (thrown: unknown) => statusOf(thrown) === FAILURE;

/** The client refuses an extension that the server has not offered before it sends anything. */
export function saysUnsupported(thrown: unknown): boolean {
  return (
    statusOf(thrown) === OP_UNSUPPORTED ||
    (thrown instanceof Error && thrown.message === 'Server does not support this extended request')
  );
}

/** The volume's free room is zero. */
export function serverFull(cause: unknown): AppError {
  return new AppError('STORE_FULL', `The destination has no room left. Free space on the server. ${ONLY_READ}`, {
    cause,
  });
}

/** Names what a session threw: a status of the server, the sign-in, the handshake or the connection. */
export function sftpError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const known = BY_STATUS[statusOf(thrown) ?? -1];
  if (known)
    return new AppError(known[0], known[1], { cause: thrown, context: { sftpStatus: statusOf(thrown) ?? -1 } });
  switch (property(thrown, 'level')) {
    case 'client-authentication':
      return new AppError(
        'STORE_DENIED',
        'The server does not let the account in: the user name is unknown there, or the password or key does not belong to it.',
        { cause: thrown },
      );
    case 'handshake':
      return new AppError(
        'STORE_REJECTED',
        'What listens at that port does not speak SSH as this program does. Correct the port, or renew the server.',
        { cause: thrown },
      );
    case 'protocol':
      return new AppError('STORE_REJECTED', 'What listens at that port does not speak SSH. Correct the port.', {
        cause: thrown,
      });
    default:
      return connectionError(thrown) ?? lost(thrown);
  }
}

function lost(cause: unknown): AppError {
  return new AppError('STORE_UNAVAILABLE', `The connection to the server was lost. Check its network. ${TRY_AGAIN}`, {
    cause,
  });
}

/** Runs operations and names what they throw. */
export async function named<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    throw sftpError(thrown);
  }
}
