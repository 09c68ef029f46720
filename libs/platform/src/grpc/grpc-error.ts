import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { AppError, ERROR_CODES, type ErrorCode } from '@holdfast/kernel';
import { whyTlsFailed } from '../tls/why-tls-failed.js';

const CODE = 'holdfast-code';
const CONTEXT = 'holdfast-context-bin';
const RETRY_AFTER = 'holdfast-retry-after-ms';

/** A failure as gRPC carries it: the status of the code table, and code, context and waiting time in the metadata. */
export function toGrpcStatus(error: AppError): StatusObject {
  const metadata = new Metadata();
  metadata.set(CODE, error.code);
  const { context, retryAfterMs } = error.details;
  if (context) metadata.set(CONTEXT, Buffer.from(JSON.stringify(context)));
  if (retryAfterMs !== undefined) metadata.set(RETRY_AFTER, String(Math.ceil(retryAfterMs)));
  return { code: status[ERROR_CODES[error.code].grpc], details: error.message, metadata };
}

/** The failure that {@link toGrpcStatus} wrote; one that the transport itself reports becomes the nearest code. */
export function fromGrpcError(error: ServiceError, method: string): AppError {
  const [code] = error.metadata.get(CODE);
  if (typeof code !== 'string' || !isErrorCode(code)) return ofTransport(error, method);
  const [context] = error.metadata.get(CONTEXT);
  const [retryAfter] = error.metadata.get(RETRY_AFTER);
  return new AppError(code, error.details, {
    ...(Buffer.isBuffer(context) ? { context: JSON.parse(context.toString()) as Record<string, string | number> } : {}),
    ...(retryAfter === undefined ? {} : { retryAfterMs: Number(retryAfter) }),
  });
}

/** Whether the call did not reach the other side's code, so that a call which may be repeated should be. */
export function isTransportFailure(error: ServiceError): boolean {
  return error.code === status.UNAVAILABLE && error.metadata.get(CODE).length === 0;
}

function ofTransport(error: ServiceError, method: string): AppError {
  const details = { context: { method, status: status[error.code] }, cause: error };
  switch (error.code) {
    case status.CANCELLED:
      return new AppError('STOPPED', 'The call to another service was cancelled.', details);
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return new AppError('DEPENDENCY_UNAVAILABLE', unreached(error), details);
    case status.UNAUTHENTICATED:
      return new AppError(
        'UNAUTHENTICATED',
        'Another service does not know who calls. Check the certificates.',
        details,
      );
    case status.PERMISSION_DENIED:
      return new AppError('PERMISSION_DENIED', 'Another service refused the call.', details);
    default:
      return new AppError('INTERNAL', 'Another service failed; its log has the details.', details);
  }
}

/** A service that does not like our certificate hangs up without a word, after the handshake. */
function unreached(error: ServiceError): string {
  const reason = whyTlsFailed(error);
  if (reason !== undefined) return `Another service cannot be reached safely. ${reason}`;
  if (!/Failed to connect \(|ECONNRESET|hang up|Connection dropped/.test(error.details))
    return 'Another service did not answer in time. Try again later.';
  return (
    'Another service hung up. Try again later; if it goes on, see whether our certificate has ended or is of an authority ' +
    'that is not among its own.'
  );
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
