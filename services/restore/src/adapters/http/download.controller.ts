import { isAppError, parseTenantId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Controller, Get, Param, Res } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { contentDisposition } from '../../app/export-name.js';
import { type Download, ExportItems } from '../../app/export-items.js';

/** Streams prepared downloads to the gateway. The token is the right to one; nothing is told to whoever has none. */
@Controller('exports')
export class DownloadController {
  constructor(
    private readonly items: ExportItems,
    private readonly logger: Logger,
  ) {}

  @Get(':tenantId/:token')
  async download(
    @Param('tenantId') tenantId: string,
    @Param('token') token: string,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const download = await this.#fetch(tenantId, token, response);
    if (!download) return;
    response.setHeader('content-type', download.contentType);
    response.setHeader('content-disposition', contentDisposition(download.fileName));
    response.setHeader('cache-control', 'no-store');
    try {
      await pipeline(Readable.from(download.content, { objectMode: false }), response);
    } catch (error) {
      // The answer is cut off unfinished, so that nobody takes a part for the whole. A reader who went away is no failure.
      if (isAppError(error)) this.logger.error('A download broke off', { error });
    }
  }

  async #fetch(tenantId: string, token: string, response: ServerResponse): Promise<Download | undefined> {
    try {
      return await this.items.fetch(parseTenantId(tenantId), token);
    } catch (error) {
      const isGone = isAppError(error, 'NOT_FOUND') || isAppError(error, 'INVALID_ARGUMENT');
      if (!isGone) this.logger.error('A download could not be begun', { error });
      response.statusCode = isGone ? 404 : 503;
      response.end();
      return undefined;
    }
  }
}
