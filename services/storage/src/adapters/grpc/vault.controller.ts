import {
  type CreateVaultRequest,
  type CreateVaultResponse,
  type DiscardVaultResponse,
  type FreeingReport,
  type TestDestinationRequest,
  type TestDestinationResponse,
  type VaultRequest,
  type VaultServiceController,
  VaultServiceControllerMethods,
  type VaultStatistics,
} from '@holdfast/contracts/storage/v1';
import { parseDestinationId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { CondemnedPacks } from '../../app/condemned-packs.port.js';
import { CreateVault } from '../../app/create-vault.js';
import { DiscardVault } from '../../app/discard-vault.js';
import { TestDestination } from '../../app/test-destination.js';
import { Vaults } from '../../app/vaults.port.js';

@Controller()
@VaultServiceControllerMethods()
@CalledBy('auth')
export class VaultController implements VaultServiceController {
  constructor(
    private readonly createVaultVerb: CreateVault,
    private readonly discardVaultVerb: DiscardVault,
    private readonly testDestinationVerb: TestDestination,
    private readonly vaults: Vaults,
    private readonly condemned: CondemnedPacks,
  ) {}

  async createVault({ tenantId, vaultId, destinationIds, objects }: CreateVaultRequest): Promise<CreateVaultResponse> {
    const destinations = destinationIds.map(parseDestinationId);
    const wanted = { destinations, objects };
    const unreached = await this.createVaultVerb.run(parseTenantId(tenantId), parseVaultId(vaultId), wanted);
    return { unreached: [...unreached] };
  }

  async discardVault({ tenantId, vaultId }: VaultRequest): Promise<DiscardVaultResponse> {
    await this.discardVaultVerb.run(parseTenantId(tenantId), parseVaultId(vaultId));
    return {};
  }

  @CalledBy('gateway', 'reporting', 'scheduler')
  async getVaultStatistics({ tenantId, vaultId }: VaultRequest): Promise<VaultStatistics> {
    const statistics = await this.vaults.statistics(parseTenantId(tenantId), parseVaultId(vaultId));
    return { ...statistics, destinations: [...statistics.destinations] };
  }

  @CalledBy('gateway')
  async getFreeingReport({ tenantId, vaultId }: VaultRequest): Promise<FreeingReport> {
    const { report, waiting } = await this.condemned.report(parseTenantId(tenantId), parseVaultId(vaultId));
    return {
      jobId: report?.jobId ?? '',
      dryRun: report?.dryRun ?? false,
      decidedAtMs: report?.decidedAt ?? 0,
      shares: [...(report?.shares ?? [])],
      waitingObjects: waiting.objects,
      waitingBytes: waiting.bytes,
    };
  }

  @CalledBy('gateway', 'auth')
  async testDestination(request: TestDestinationRequest): Promise<TestDestinationResponse> {
    const { tenantId, destinationId, settingsJson, credentialsJson } = request;
    const given =
      destinationId === '' ? { settingsJson, credentialsJson } : { destinationId: parseDestinationId(destinationId) };
    const { isUsable, steps } = await this.testDestinationVerb.run(parseTenantId(tenantId), given);
    return {
      ok: isUsable,
      steps: steps.map(({ step, outcome, words }) => ({
        name: step,
        ok: outcome === 'ok' || outcome === 'warning',
        message: words,
      })),
    };
  }
}
