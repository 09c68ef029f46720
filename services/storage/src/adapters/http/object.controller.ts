import { AppError, isAppError, type ErrorCode } from '@holdfast/kernel';
import { Logger, RequirePermission } from '@holdfast/platform';
import { Controller, Get, Put, Req, Res } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ReadObject } from '../../app/read-object.js';
import { ReceiveObject } from '../../app/receive-object.js';
import { parseRange } from './parse-range.js';

const PATH = '/objects/';

/** The statuses that an S3 service gives for the same things, so that a crawler needs one table. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  STORE_REJECTED: 400,
  UNAUTHENTICATED: 403,
  PERMISSION_DENIED: 403,
  OBJECT_NOT_FOUND: 404,
  OBJECT_EXISTS: 412,
  CHUNK_CORRUPT: 416,
  STORE_FULL: 507,
  STORE_UNAVAILABLE: 503,
  DEPENDENCY_UNAVAILABLE: 503,
};

/** Bytes of objects for destinations that only storage reaches. What a request may do stands in its place's token. */
@Controller('objects')
@RequirePermission('place')
export class ObjectController {
  constructor(
    private readonly receiveObject: ReceiveObject,
    private readonly readObject: ReadObject,
    private readonly logger: Logger,
  ) {}

  @Put('*name')
  async put(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    try {
      await this.receiveObject.run(tokenOf(request), nameOf(request), request);
      response.writeHead(200).end();
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  @Get('*name')
  async get(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    try {
      const range = parseRange(request.headers.range);
      const { body, bytes, offset, totalBytes } = await this.readObject.run(tokenOf(request), nameOf(request), range);
      const contentRange = range && { 'content-range': `bytes ${offset}-${offset + bytes - 1}/${totalBytes}` };
      try {
        response.writeHead(range ? 206 : 200, { 'content-length': bytes, ...contentRange });
        await pipeline(body, response);
      } finally {
        // A reader who left before the first byte leaves it open, and a file that is open when it is forgotten ends the process.
        body.destroy();
      }
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  #refuse(response: ServerResponse, error: unknown): void {
    const status = isAppError(error) ? (STATUS[error.code] ?? 500) : 500;
    if (status === 500 || response.headersSent) this.logger.warn('An object could not be passed on', { error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // What the sender has not sent yet will not be read, so the connection cannot be used again.
    response.writeHead(status, { connection: 'close', 'content-type': 'application/json' });
    response.end(
      JSON.stringify(isAppError(error) ? { code: error.code, message: error.message } : { code: 'INTERNAL' }),
    );
  }
}

function nameOf({ url = '' }: IncomingMessage): string {
  return new URL(url, 'http://storage').pathname.slice(PATH.length);
}

function tokenOf({ headers }: IncomingMessage): string {
  const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) return token;
  throw new AppError(
    'UNAUTHENTICATED',
    'The request bears no token. Send the headers of the place as they were given.',
  );
}
