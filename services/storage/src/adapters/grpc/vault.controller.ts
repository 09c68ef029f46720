import {
  type AdoptVaultRequest,
  type ChangeDestinationsRequest,
  type ChangeDestinationsResponse,
  type CreateVaultRequest,
  type CreateVaultResponse,
  type DiscardVaultResponse,
  type FreeingReport,
  type KeepJobRequest,
  type KeepNoteResponse,
  type KeepSetRequest,
  type LookForVaultsRequest,
  type LookForVaultsResponse,
  type ReplaceKeysRequest,
  type SurveyVaultRequest,
  type SurveyVaultResponse,
  type ErasureHolder,
  type ListErasureHoldersRequest,
  type ListErasureHoldersResponse,
  type ListFindingsRequest,
  type ListSnapshotSharesRequest,
  type ListSnapshotSharesResponse,
  type ListFindingsResponse,
  type ListAffectedItemsResponse,
  type TestDestinationRequest,
  type TestDestinationResponse,
  type VaultAtDestination as WireFound,
  type VaultRequest,
  type VaultServiceController,
  VaultServiceControllerMethods,
  type ListLockFailuresResponse,
  type ListWarningsResponse,
  type LockFailure as WireLockFailure,
  type VaultStatistics,
} from '@holdfast/contracts/storage/v1';
import {
  AppError,
  Clock,
  parseBackupSetId,
  parseDestinationId,
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import type { CborValue } from '@holdfast/vault';
import { Controller } from '@nestjs/common';
import { AdoptVault } from '../../app/adopt-vault.js';
import { CondemnedPacks } from '../../app/condemned-packs.port.js';
import { CreateVault, type VaultObject } from '../../app/create-vault.js';
import { ChangeDestinations } from '../../app/change-destinations.js';
import { DiscardVault } from '../../app/discard-vault.js';
import { KeepNote } from '../../app/keep-note.js';
import { LookForVaults, type VaultAtDestination } from '../../app/look-for-vaults.js';
import { ReplaceKeys } from '../../app/replace-keys.js';
import { SurveyVault } from '../../app/survey-vault.js';
import { AffectedItems } from '../../app/affected-items.port.js';
import { Erasures } from '../../app/erasures.port.js';
import type { ChainName } from '../../app/snapshots.port.js';
import { SnapshotShares } from '../../app/snapshot-shares.port.js';
import { ObjectLocks, type LockFailure } from '../../app/object-locks.port.js';
import { describeLockFailure } from '../../domain/describe-lock-failure.js';
import { Integrity } from '../../app/integrity.port.js';
import { TestDestination, type DestinationToTest } from '../../app/test-destination.js';
import { Vaults } from '../../app/vaults.port.js';
import { WarningsOfVault } from '../../app/warnings-of-vault.js';
import { pageSizeOf } from './page-size.js';

const HOLDERS_A_PAGE = 500;

@Controller()
@VaultServiceControllerMethods()
@CalledBy('auth')
export class VaultController implements VaultServiceController {
  constructor(
    private readonly createVaultVerb: CreateVault,
    private readonly discardVaultVerb: DiscardVault,
    private readonly adoptVaultVerb: AdoptVault,
    private readonly lookForVaultsVerb: LookForVaults,
    private readonly surveyVaultVerb: SurveyVault,
    private readonly keepNote: KeepNote,
    private readonly changeDestinationsVerb: ChangeDestinations,
    private readonly replaceKeysVerb: ReplaceKeys,
    private readonly testDestinationVerb: TestDestination,
    private readonly vaults: Vaults,
    private readonly condemned: CondemnedPacks,
    private readonly integrity: Integrity,
    private readonly affected: AffectedItems,
    private readonly snapshotShares: SnapshotShares,
    private readonly erasures: Erasures,
    private readonly locks: ObjectLocks,
    private readonly warningsOf: WarningsOfVault,
    private readonly clock: Clock,
  ) {}

  async createVault({ tenantId, vaultId, destinationIds, objects }: CreateVaultRequest): Promise<CreateVaultResponse> {
    const destinations = destinationIds.map(parseDestinationId);
    const wanted = { destinations, objects };
    const unreached = await this.createVaultVerb.run(parseTenantId(tenantId), parseVaultId(vaultId), wanted);
    return { unreached: [...unreached] };
  }

  async lookForVaults(request: LookForVaultsRequest): Promise<LookForVaultsResponse> {
    const { tenantId, destinationId, vaultId, pageToken } = request;
    const vault = vaultId === '' ? undefined : parseVaultId(vaultId);
    const where = { vault, after: pageToken };
    const { vaults, next } = await this.lookForVaultsVerb.run(
      parseTenantId(tenantId),
      parseDestinationId(destinationId),
      where,
    );
    return { vaults: vaults.map(wireFound), nextPageToken: next ?? '' };
  }

  async surveyVault(request: SurveyVaultRequest): Promise<SurveyVaultResponse> {
    const { tenantId, vaultId, destinationId, indexKey, keyBits } = request;
    const survey = await this.surveyVaultVerb.run(
      parseTenantId(tenantId),
      parseVaultId(vaultId),
      parseDestinationId(destinationId),
      { indexKey, cipher: keyBits === 128 ? 'aes-128-gcm' : 'aes-256-gcm' },
    );
    const { newestJobStartedAt, ...looked } = survey;
    return { newestJobStartedAtMs: newestJobStartedAt ?? 0, ...looked };
  }

  async adoptVault(request: AdoptVaultRequest): Promise<CreateVaultResponse> {
    const { tenantId, vaultId, destinationIds, generation, generationNote, objects } = request;
    if (!generationNote)
      throw new AppError('INVALID_ARGUMENT', 'generationNote has to be given.', {
        context: { field: 'generationNote', rule: 'given' },
      });
    const wanted = { destinations: destinationIds.map(parseDestinationId), generation, generationNote, objects };
    const unreached = await this.adoptVaultVerb.run(parseTenantId(tenantId), parseVaultId(vaultId), wanted);
    return { unreached: [...unreached] };
  }

  async replaceKeys({ tenantId, vaultId, kind, objects }: ReplaceKeysRequest): Promise<CreateVaultResponse> {
    const of = { kind, objects };
    const unreached = await this.replaceKeysVerb.run(parseTenantId(tenantId), parseVaultId(vaultId), of);
    return { unreached: [...unreached] };
  }

  @CalledBy('scheduler')
  async keepSet({ tenantId, vaultId, ...note }: KeepSetRequest): Promise<KeepNoteResponse> {
    const { backupSetId, version, definitionJson } = note;
    const definition = definitionJson === '' ? undefined : plainFrom('definitionJson', definitionJson);
    const of = { set: parseBackupSetId(backupSetId), version, definition };
    await this.keepNote.set(parseTenantId(tenantId), parseVaultId(vaultId), of);
    return {};
  }

  @CalledBy('scheduler')
  async keepJob({ tenantId, vaultId, jobId, part, parts, historyJson }: KeepJobRequest): Promise<KeepNoteResponse> {
    const of = { job: parseJobId(jobId), part, parts, report: plainFrom('historyJson', historyJson) };
    await this.keepNote.job(parseTenantId(tenantId), parseVaultId(vaultId), of);
    return {};
  }

  async discardVault({ tenantId, vaultId }: VaultRequest): Promise<DiscardVaultResponse> {
    await this.discardVaultVerb.run(parseTenantId(tenantId), parseVaultId(vaultId));
    return {};
  }

  async changeDestinations(request: ChangeDestinationsRequest): Promise<ChangeDestinationsResponse> {
    const wanted = request.destinationIds.map(parseDestinationId);
    await this.changeDestinationsVerb.run(parseTenantId(request.tenantId), parseVaultId(request.vaultId), wanted);
    return {};
  }

  @CalledBy('gateway', 'reporting', 'scheduler')
  async getVaultStatistics({ tenantId, vaultId }: VaultRequest): Promise<VaultStatistics> {
    const statistics = await this.vaults.statistics(parseTenantId(tenantId), parseVaultId(vaultId));
    return { ...statistics, destinations: [...statistics.destinations] };
  }

  @CalledBy('gateway')
  async listLockFailures({ tenantId, vaultId }: VaultRequest): Promise<ListLockFailuresResponse> {
    const now = this.clock.now();
    const failures = await this.locks.failures(parseTenantId(tenantId), parseVaultId(vaultId), now);
    return { failures: failures.map((failure) => wireLockFailure(failure, now)) };
  }

  @CalledBy('scheduler')
  async listWarnings({ tenantId, vaultId }: VaultRequest): Promise<ListWarningsResponse> {
    const { locks, destinations } = await this.warningsOf.run(parseTenantId(tenantId), parseVaultId(vaultId));
    return { locks: [...locks], destinations: [...destinations] };
  }

  @CalledBy('scheduler')
  async listErasureHolders({
    tenantId,
    vaultId,
    after,
  }: ListErasureHoldersRequest): Promise<ListErasureHoldersResponse> {
    const page = { size: HOLDERS_A_PAGE, ...(after && { after: chainFrom(after) }) };
    return { holders: [...(await this.erasures.holders(parseTenantId(tenantId), parseVaultId(vaultId), page))] };
  }

  @CalledBy('gateway')
  async getFreeingReport({ tenantId, vaultId }: VaultRequest): Promise<FreeingReport> {
    const [tenant, vault] = [parseTenantId(tenantId), parseVaultId(vaultId)];
    const { report, waiting } = await this.condemned.report(tenant, vault);
    return {
      jobId: report?.jobId ?? '',
      dryRun: report?.dryRun ?? false,
      decidedAtMs: report?.decidedAt ?? 0,
      shares: (report?.shares ?? []).map(({ lockedUntil = 0, ...share }) => ({ ...share, lockedUntilMs: lockedUntil })),
      waitingObjects: waiting.objects,
      waitingBytes: waiting.bytes,
      lockedBytes: waiting.lockedBytes,
      lockedUntilMs: waiting.lockedUntil ?? 0,
      needed: await this.snapshotShares.needed(tenant, vault),
      waiting: waiting.shares.map(({ until = 0, ...share }) => ({ ...share, untilMs: until })),
      isErasing: (await this.erasures.due(tenant, vault)) !== undefined,
    };
  }

  @CalledBy('gateway')
  async listSnapshotShares(request: ListSnapshotSharesRequest): Promise<ListSnapshotSharesResponse> {
    const { shares, next } = await this.snapshotShares.page(
      parseTenantId(request.tenantId),
      parseVaultId(request.vaultId),
      parseBackupSetId(request.backupSetId),
      { size: pageSizeOf(request), token: request.pageToken },
    );
    return {
      shares: shares.map(({ snapshotId, resourceId, number, jobStartedAt, bytes }) => ({
        snapshotId,
        resourceId,
        number,
        jobStartedAtMs: jobStartedAt,
        bytes,
      })),
      nextPageToken: next ?? '',
    };
  }

  @CalledBy('gateway', 'auth')
  async testDestination(request: TestDestinationRequest): Promise<TestDestinationResponse> {
    const { isUsable, steps } = await this.testDestinationVerb.run(
      parseTenantId(request.tenantId),
      placeToTest(request),
    );
    return {
      ok: isUsable,
      steps: steps.map(({ step, outcome, words }) => ({
        name: step,
        ok: outcome === 'ok' || outcome === 'warning',
        message: words,
      })),
    };
  }

  @CalledBy('gateway')
  async listAffectedItems(request: ListFindingsRequest): Promise<ListAffectedItemsResponse> {
    const page = { size: pageSizeOf(request), token: request.pageToken };
    const { items, next } = await this.affected.page(
      parseTenantId(request.tenantId),
      parseVaultId(request.vaultId),
      page,
    );
    return {
      items: items.map(({ since, until, ...same }) => ({
        ...same,
        sinceSnapshotId: since.snapshotId,
        sinceNumber: since.number,
        sinceAtMs: since.jobStartedAt,
        untilNumber: until?.number ?? 0,
        untilAtMs: until?.jobStartedAt ?? 0,
      })),
      nextPageToken: next ?? '',
    };
  }

  @CalledBy('gateway')
  async listFindings(request: ListFindingsRequest): Promise<ListFindingsResponse> {
    const page = { size: pageSizeOf(request), token: request.pageToken };
    const { findings, next } = await this.integrity.findings(
      parseTenantId(request.tenantId),
      parseVaultId(request.vaultId),
      page,
    );
    return {
      findings: findings.map(({ foundAt, mendedAt, snapshots, ...same }) => ({
        ...same,
        foundAtMs: foundAt,
        mendedAtMs: mendedAt ?? 0,
        snapshots: [...snapshots],
      })),
      nextPageToken: next ?? '',
    };
  }
}

function placeToTest(request: TestDestinationRequest): DestinationToTest {
  const { destinationId, settingsJson, credentialsJson, vaults } = request;
  if (settingsJson === '') return { destinationId: parseDestinationId(destinationId) };
  if (destinationId === '') return { settingsJson, credentialsJson };
  const held = vaults.map(({ vaultId, header }) => ({ vaultId: parseVaultId(vaultId), header }));
  return { settingsJson, credentialsJson, becomes: { destinationId: parseDestinationId(destinationId), vaults: held } };
}

const chainFrom = ({ backupSetId, resourceId }: ErasureHolder): ChainName => ({
  backupSetId: parseBackupSetId(backupSetId),
  resourceId: parseResourceId(resourceId),
});

function wireFound({ prefix, header, keys, generations }: VaultAtDestination): WireFound {
  const wire = (objects: readonly VaultObject[]) =>
    objects.map(({ name, content }) => ({ name, content: Buffer.from(content) }));
  return { prefix, header: Buffer.from(header), keys: wire(keys), generations: wire(generations) };
}

/** What was serialised by a service of ours: an object, in JSON's types. */
function plainFrom(field: string, json: string): Record<string, CborValue> {
  const value: unknown = JSON.parse(json);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, CborValue>;
  throw new AppError('INVALID_ARGUMENT', `${field} has to be an object.`, { context: { field, rule: 'an object' } });
}

function wireLockFailure(failure: LockFailure, now: number): WireLockFailure {
  return {
    destinationId: failure.destinationId,
    sinceMs: failure.since,
    lastTriedAtMs: failure.lastTriedAt,
    message: describeLockFailure(failure, now),
    objects: failure.objects,
    bytes: failure.bytes,
    lockedUntilMs: failure.lockedUntil ?? 0,
    unseenObjects: failure.unseen,
  };
}
