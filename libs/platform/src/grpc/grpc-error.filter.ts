import { AppError, isAppError } from '@holdfast/kernel';
import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { type Observable, throwError } from 'rxjs';
import { Logger } from '../logging/logger.js';
import { toGrpcStatus } from './grpc-error.js';

/**
 * Turns what a gRPC method throws into a status. What nobody expected stays in the log, under an id that the caller gets.
 * Every method of a service started by `startService` has it.
 */
@Catch()
export class GrpcErrorFilter implements RpcExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown): Observable<never> {
    const error = isAppError(thrown) ? thrown : this.hide(thrown);
    return throwError(() => toGrpcStatus(error));
  }

  private hide(thrown: unknown): AppError {
    const errorId = randomUUID();
    this.logger.error('A gRPC method failed unexpectedly', { errorId, error: thrown });
    return new AppError('INTERNAL', `An unexpected failure; the log of the service has it under ${errorId}.`, {
      context: { errorId },
    });
  }
}
