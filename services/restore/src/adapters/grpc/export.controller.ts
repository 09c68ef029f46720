import {
  ExportServiceControllerMethods,
  type CreateExportRequest,
  type Export,
  type ExportServiceController,
} from '@holdfast/contracts/restore/v1';
import { parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { ExportItems } from '../../app/export-items.js';
import { EXPORT_FORMATS, type ExportFormat } from '../../app/exports.port.js';
import { actorFrom, invalid, sourcesFrom } from './wire.js';

@Controller()
@ExportServiceControllerMethods()
@CalledBy('gateway')
export class ExportController implements ExportServiceController {
  constructor(private readonly items: ExportItems) {}

  async createExport(request: CreateExportRequest): Promise<Export> {
    const tenant = parseTenantId(request.tenantId);
    const { token, ...prepared } = await this.items.prepare(tenant, {
      vaultId: parseVaultId(request.vaultId),
      format: formatFrom(request.format),
      parts: sourcesFrom(request.sources).map(({ targetId: _nowhere, ...part }) => part),
      actor: actorFrom(request.actor),
    });
    return { ...prepared, path: `/exports/${tenant}/${token}` };
  }
}

function formatFrom(text: string): ExportFormat {
  const format = EXPORT_FORMATS.find((name) => name === text);
  if (format) return format;
  throw invalid('format', EXPORT_FORMATS.join(', '));
}
