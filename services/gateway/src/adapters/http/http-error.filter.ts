import type { ErrorBody } from '@holdfast/contracts/api';
import { AppError, isAppError } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Response } from 'express';
import { HTTP_STATUS } from './http-status.js';
import { InvalidRequest, type Problem } from './invalid-request.js';
import { requestIdOf } from './request-id.js';

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly problems: readonly Problem[];
  readonly retryAfterMs?: number;
}

/** Turns what is thrown into an answer, by one table. What nobody expected stays in the log, under the request's id. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const answer = this.answerFor(thrown, requestIdOf(response));
    if (response.headersSent) {
      // A stream that has begun can only be cut off, so that the reader sees that the end is missing.
      response.destroy();
      return;
    }
    const { status, code, message, problems, retryAfterMs } = answer;
    if (retryAfterMs !== undefined) response.setHeader('retry-after', Math.ceil(retryAfterMs / 1_000));
    if (status === 401) response.setHeader('www-authenticate', 'Bearer');
    const error: ErrorBody['error'] = { code, message, problems: [...problems], requestId: requestIdOf(response) };
    response.status(status).json({ error });
  }

  /** What the caller is told. */
  answerFor(thrown: unknown, requestId: string): Answer {
    if (isAppError(thrown)) return this.expected(thrown, requestId);
    return ofExpress(thrown) ?? this.unexpected(thrown, requestId);
  }

  private expected(error: AppError, requestId: string): Answer {
    const { code, message, details } = error;
    if (isBetweenServices(error)) return this.unexpected(error, requestId);
    const status = HTTP_STATUS[code];
    if (status >= 500) this.logger.warn('A request failed', { requestId, error });
    return {
      status,
      code,
      message,
      problems: error instanceof InvalidRequest ? error.problems : problemsIn(error),
      ...(details.retryAfterMs !== undefined && { retryAfterMs: details.retryAfterMs }),
    };
  }

  private unexpected(error: unknown, requestId: string): Answer {
    this.logger.error('A request failed unexpectedly', { requestId, error });
    const message = `An unexpected failure. The gateway's log has it under the request id ${requestId}.`;
    return { status: 500, code: 'INTERNAL', message, problems: [] };
  }
}

/** A service that does not let the gateway in, which names the method: our fault, not the caller's. */
function isBetweenServices({ code, details: { context } }: AppError): boolean {
  if (code === 'GRANT_REFUSED') return true;
  return (code === 'PERMISSION_DENIED' || code === 'UNAUTHENTICATED') && context?.['method'] !== undefined;
}

/** A service names one field and its rule in the error's context, or the ids that lead nowhere. */
function problemsIn({ code, message, details: { context = {} } }: AppError): readonly Problem[] {
  const { field, rule } = context;
  if (code === 'INVALID_ARGUMENT' && field !== undefined)
    return [{ field: String(field), rule: rule === undefined ? message : String(rule) }];
  if (code !== 'NOT_FOUND') return [];
  return Object.keys(context)
    .filter((name) => name.endsWith('Id'))
    .map((name) => ({ field: name, rule: 'has to name one that there is in this tenant' }));
}

/** What Express and its parsers refuse before a route is reached. */
function ofExpress(thrown: unknown): Answer | undefined {
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusIn(thrown);
  if (status === 404)
    return { status, code: 'NOT_FOUND', message: 'There is no such route. See /api/v1/openapi.json.', problems: [] };
  if (status === 413) return refused(status, 'is larger than this API takes');
  if (status === 415) return refused(status, 'has an encoding or character set that this API does not read');
  if (status !== undefined && status >= 400 && status < 500)
    return refused(400, 'is not JSON, or the path is not valid');
  return undefined;
}

function refused(status: number, rule: string): Answer {
  const problems = [{ field: 'body', rule }];
  return { status, code: 'INVALID_ARGUMENT', message: `The request cannot be read: its body ${rule}.`, problems };
}

function statusIn(thrown: unknown): number | undefined {
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
  return typeof status === 'number' ? status : undefined;
}
