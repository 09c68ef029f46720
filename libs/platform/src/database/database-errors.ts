import { AppError } from '@holdfast/kernel';
import { isError } from '../logging/is-error.js';
import { whyTlsFailed } from '../tls/why-tls-failed.js';

/** SQLSTATE classes and system errors that say the server cannot be used at the moment: lost connections, no room, a shutdown. */
const UNAVAILABLE = /^(08...|53...|57P0[1-3]|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/;
/** SQLSTATE classes of a server that gave work up for others' sake: statements and transactions that took too long, deadlocks. */
const GIVEN_UP = /^(57014|25P0[34]|40P01|40001|55P03)$/;
/** The driver's own words, which have no code. */
const LOST = /connection terminated|is not queryable|timeout exceeded when trying to connect/i;
const UNIQUE_VIOLATION = '23505';

/** Whether a row was refused because another has the same key, in the named constraint where one is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== UNIQUE_VIOLATION) return false;
  return constraint === undefined || (isError(error) && 'constraint' in error && error.constraint === constraint);
}

/** SQLSTATE of a server whose disk is full. */
const FULL = '53100';
/** SQLSTATE class of a role that was not let in. */
const NOT_LET_IN = /^28/;

/** A failure of the connection as DEPENDENCY_UNAVAILABLE; any other as it is. */
export function translateDatabaseError(error: unknown): unknown {
  const reason = whyTlsFailed(error);
  if (reason !== undefined)
    return new AppError('DEPENDENCY_UNAVAILABLE', `The database cannot be reached safely. ${reason}`, { cause: error });
  if (NOT_LET_IN.test(codeOf(error)))
    return new AppError(
      'DEPENDENCY_UNAVAILABLE',
      'The database did not let our role in. Compare user, password and certificate with its pg_hba.conf.',
      { cause: error },
    );
  if (codeOf(error) === FULL)
    return new AppError(
      'DEPENDENCY_UNAVAILABLE',
      "The database's disk is full, and nothing of this was done. Make room on the disk that holds the database; what waits for it goes on by itself.",
      { cause: error },
    );
  if (GIVEN_UP.test(codeOf(error)))
    return new AppError(
      'DEPENDENCY_UNAVAILABLE',
      'The database gave the work up, because it took too long or stood in the way of other work. Nothing of it was done. Try again later.',
      { cause: error, context: { sqlstate: codeOf(error) } },
    );
  const isLost = isError(error) && LOST.test(error.message);
  if (!isLost && !hasNoSocket(error) && !UNAVAILABLE.test(codeOf(error))) return error;
  return new AppError('DEPENDENCY_UNAVAILABLE', 'The database cannot be reached at the moment. Try again later.', {
    cause: error,
  });
}

/** A server that is reached by a socket and does not run: its socket is gone. */
const hasNoSocket = (error: unknown) =>
  codeOf(error) === 'ENOENT' && isError(error) && 'syscall' in error && error.syscall === 'connect';

function codeOf(error: unknown): string {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
