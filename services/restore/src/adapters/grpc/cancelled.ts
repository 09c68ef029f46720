import type { ServerUnaryCall } from '@grpc/grpc-js';
import { AppError } from '@holdfast/kernel';

/** Aborted when the caller of a method goes away; pass the call that the method got as its third argument. */
export function whenCancelled(call: ServerUnaryCall<unknown, unknown> | undefined): AbortSignal {
  const abort = new AbortController();
  call?.on('cancelled', () => abort.abort(new AppError('STOPPED', 'The caller went away.')));
  return abort.signal;
}
