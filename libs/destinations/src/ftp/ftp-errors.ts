import { AppError, type ErrorCode } from '@holdfast/kernel';
import { FTPError } from 'basic-ftp';
import { connectionError } from '../connection-errors.js';
import { ONLY_READ, TRY_AGAIN } from '../remedies.js';

/** Replies of servers, what they mean here and what to do. Source: RFC 959, section 4.2; RFC 4217. */
const BY_REPLY: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  421: [
    'STORE_UNAVAILABLE',
    'The server takes no more connections just now. Allow the account four at a time for each vault.',
  ],
  425: [
    'STORE_UNAVAILABLE',
    'The server cannot be reached for data. Open its passive ports in the firewall, and let it tell its public address.',
  ],
  426: ['STORE_UNAVAILABLE', 'The server broke a transfer off. Check its drive and its network.'],
  430: ['STORE_DENIED', 'The server does not let the account in: user name or password is wrong.'],
  452: ['STORE_FULL', `The destination has no room left. Free space on the server. ${ONLY_READ}`],
  552: ['STORE_FULL', `The quota of the account is used up. Enlarge it. ${ONLY_READ}`],
  522: [
    'STORE_REJECTED',
    'The server wants TLS for the data too, in a way that this program does not speak. Renew the server.',
  ],
  530: [
    'STORE_DENIED',
    'The server does not let the account in: user name or password is wrong, or the server lets nobody in without TLS.',
  ],
  532: ['STORE_DENIED', 'The account may not store files on the server. Allow it there.'],
  534: ['STORE_REJECTED', 'The server offers no TLS. Turn it on there, or TLS off in the settings.'],
  550: [
    'STORE_DENIED',
    'The server refuses access. Give the account the right to list, read, write and delete in the folder.',
  ],
  553: ['STORE_DENIED', 'The server refuses the name of a file. Allow the account to write any name in the folder.'],
};

/** Whether the session can be used on after this failure: the server has answered in full. The client wraps broken connections alike. */
export const isAnswer = (thrown: unknown): thrown is FTPError =>
  thrown instanceof FTPError && typeof thrown.code === 'number';

/** What a server says to a file or folder that it does not have, and, alas, to one that it will not touch. */
export const saysAbsent = (thrown: unknown) => isAnswer(thrown) && thrown.code === 550;

/** Names what a session threw. */
export function ftpError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (!isAnswer(thrown)) return connectionError(thrown) ?? lost(thrown);
  const details = { context: { ftpReply: thrown.code } };
  const known = BY_REPLY[thrown.code];
  if (known) return new AppError(known[0], known[1], details);
  if (thrown.code < 500)
    return new AppError(
      'STORE_UNAVAILABLE',
      `The server failed for now (${thrown.code}), so what was asked of it did not happen. ${TRY_AGAIN}`,
      details,
    );
  return new AppError(
    'STORE_REJECTED',
    `The server cannot do what Holdfast needs (${thrown.code}). Use another FTP server.`,
    details,
  );
}

function lost(cause: unknown): AppError {
  return new AppError(
    'STORE_UNAVAILABLE',
    `The connection to the server was lost, or it does not answer. Check its network. ${TRY_AGAIN}`,
    { cause },
  );
}

/** Runs operations and names what they throw. */
export async function named<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    throw ftpError(thrown);
  }
}
