import { exportView, newExport } from '@holdfast/contracts/api';
import { Clock, isAppError } from '@holdfast/kernel';
import { Controller } from '@nestjs/common';
import type { Response } from 'express';
import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { ExportPaths } from '../../app/export-paths.port.js';
import { ExportSource } from '../../app/export-source.port.js';
import { Peers } from '../../app/peers.port.js';
import { keyHasGone, RecogniseCaller } from '../../app/recognise-caller.js';
import { RestoreSources } from '../../app/restore-sources.js';
import { API_PREFIX, Route, type Asked } from './route.js';

/** Downloads in open formats. */
@Controller()
export class ExportRoutes {
  constructor(
    private readonly peers: Peers,
    private readonly sources: RestoreSources,
    private readonly paths: ExportPaths,
    private readonly source: ExportSource,
    private readonly clock: Clock,
    private readonly recognise: RecogniseCaller,
  ) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/exports',
    permission: 'content:export',
    summary: 'Prepare a download: files as ZIP, mail as EML or MBOX',
    body: newExport,
    response: exportView,
    status: 201,
    audit: { action: 'content.export', is: 'change' },
  })
  async create({ params, body, caller }: Asked<'tenantId', undefined, z.output<typeof newExport>>) {
    const { tenantId } = params;
    const { vaultId, sources } = await this.sources.run(tenantId, body.from, body.sources);
    const request = { tenantId, vaultId, sources, format: body.format, actor: caller.keyId };
    const { path, expiresAtMs } = await this.peers.exports.createExport(request);
    // An id of our own: restore's path stays between the services.
    const exportId = randomUUID();
    await this.paths.add(tenantId, exportId, path, expiresAtMs, this.clock.now());
    const downloadPath = `/${API_PREFIX}/tenants/${tenantId}/exports/${exportId}/content`;
    return { exportId, downloadPath, expiresAtMs };
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/exports/:exportId/content',
    permission: 'content:export',
    summary: 'Download an export, once',
    streams: 'application/octet-stream',
    audit: { action: 'content.download', is: 'content' },
  })
  async download({ params, caller }: Asked<'tenantId' | 'exportId'>, response: Response): Promise<void> {
    const path = await this.paths.find(params.tenantId, params.exportId, this.clock.now());
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const file = await this.source.open(path, gone.signal);
    response.setHeader('content-type', file.contentType);
    response.setHeader('content-disposition', file.contentDisposition);
    try {
      await pipeline(file.body, whileAdmitted(this.recognise.follow(caller)), response);
    } catch (error) {
      // A reader who went away is no failure; a source that broke off is, and the answer is cut off unfinished.
      if (!(gone.signal.aborted || response.destroyed) || isAppError(error)) throw error;
    } finally {
      // One who left before the first byte leaves the source unread.
      gone.abort();
    }
  }
}

/** Passes a file on for as long as the key that asked for it is neither revoked nor expired. */
function whileAdmitted(isAdmitted: () => Promise<boolean>) {
  return async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of body) {
      if (!(await isAdmitted())) throw keyHasGone();
      yield bytes;
    }
  };
}
