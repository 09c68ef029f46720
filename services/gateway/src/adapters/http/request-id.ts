import type { Clock } from '@holdfast/kernel';
import { withLogContext, type Logger } from '@holdfast/platform';
import type { NextFunction, Request, Response } from 'express';
import { randomUUID } from 'node:crypto';

/**
 * Gives each request an id that stands in the answer, in errors and in the log, and logs how it ended. The path is not logged:
 * the route is, and the ids are in the lines of whoever worked for it.
 */
export function nameRequests(logger: Logger, clock: Clock) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = randomUUID();
    const startedAtMs = clock.now();
    response.locals['requestId'] = requestId;
    response.setHeader('x-request-id', requestId);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    response.on('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      const ms = clock.now() - startedAtMs;
      const isCutOff = !response.writableFinished;
      logger.info('Answered', {
        requestId,
        method: request.method,
        route,
        status: response.statusCode,
        ms,
        ...(isCutOff && { isCutOff }),
      });
    });
    withLogContext({ call: requestId }, next);
  };
}

/** The id that {@link nameRequests} gave. */
export function requestIdOf(response: Response): string {
  const id: unknown = response.locals['requestId'];
  return typeof id === 'string' ? id : '';
}
