import {
  BackupSetServiceControllerMethods,
  type BackupQuote,
  type BackupSet,
  type BackupSetRequest,
  type BackupSetServiceController,
  type CreateBackupSetRequest,
  type DeleteBackupSetResponse,
  type ListBackupSetsRequest,
  type ListBackupSetsResponse,
  type UpdateBackupSetRequest,
} from '@holdfast/contracts/scheduler/v1';
import { parseBackupSetId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { BackupSets } from '../../app/backup-sets.port.js';
import { QuoteBackup } from '../../app/quote-backup.js';
import { nameFrom, retentionFrom, retentionRunsFrom, selectionFrom, timeZoneFrom, wireBackupSet } from './wire.js';

@Controller()
@BackupSetServiceControllerMethods()
@CalledBy('gateway')
export class BackupSetController implements BackupSetServiceController {
  constructor(
    private readonly sets: BackupSets,
    private readonly quote: QuoteBackup,
  ) {}

  async createBackupSet(request: CreateBackupSetRequest): Promise<BackupSet> {
    const set = await this.sets.create(parseTenantId(request.tenantId), {
      ...settingsFrom(request),
      retentionRuns: retentionRunsFrom(request.retentionRuns) ?? 'after-each-backup',
      vaultId: parseVaultId(request.vaultId),
    });
    return wireBackupSet(set);
  }

  @CalledBy('gateway', 'restore')
  async getBackupSet(request: BackupSetRequest): Promise<BackupSet> {
    return wireBackupSet(await this.sets.get(parseTenantId(request.tenantId), parseBackupSetId(request.backupSetId)));
  }

  async listBackupSets(request: ListBackupSetsRequest): Promise<ListBackupSetsResponse> {
    const sets = await this.sets.list(parseTenantId(request.tenantId));
    return { backupSets: sets.map(wireBackupSet) };
  }

  async updateBackupSet(request: UpdateBackupSetRequest): Promise<BackupSet> {
    const tenant = parseTenantId(request.tenantId);
    const set = parseBackupSetId(request.backupSetId);
    const retentionRuns = retentionRunsFrom(request.retentionRuns);
    const change = { ...settingsFrom(request), ...(retentionRuns && { retentionRuns }) };
    return wireBackupSet(await this.sets.update(tenant, set, request.version, change));
  }

  async deleteBackupSet(request: BackupSetRequest): Promise<DeleteBackupSetResponse> {
    await this.sets.delete(parseTenantId(request.tenantId), parseBackupSetId(request.backupSetId));
    return {};
  }

  quoteBackup(request: BackupSetRequest): Promise<BackupQuote> {
    return this.quote.run(parseTenantId(request.tenantId), parseBackupSetId(request.backupSetId));
  }
}

function settingsFrom(request: Pick<CreateBackupSetRequest, 'displayName' | 'source' | 'timeZone' | 'retentionJson'>) {
  return {
    displayName: nameFrom(request.displayName),
    source: selectionFrom(request.source),
    timeZone: timeZoneFrom(request.timeZone),
    retention: retentionFrom(request.retentionJson),
  };
}
