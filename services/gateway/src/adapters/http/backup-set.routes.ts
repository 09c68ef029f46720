import {
  backupQuoteView,
  backupSetChange,
  backupSetView,
  createdBackupSet,
  newBackupSet,
  vaultDestinations,
  vaultView,
  type BackupQuoteView,
  type BackupSetView,
  type VaultView,
} from '@holdfast/contracts/api';
import { retentionPolicy, retentionRuns } from '@holdfast/contracts';
import type { Vault } from '@holdfast/contracts/auth/v1';
import type { BackupSet } from '@holdfast/contracts/scheduler/v1';
import type { DestinationStatistics, LockFailure } from '@holdfast/contracts/storage/v1';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { CreateBackupSet, type WantedVault } from '../../app/create-backup-set.js';
import { Peers } from '../../app/peers.port.js';
import { InvalidRequest } from './invalid-request.js';
import { Route, type Asked } from './route.js';
import { jobStateOf, keyKindOf, known } from './words.js';

/** Microsoft is asked for a large directory and for its reports. */
const QUOTE_DEADLINE_MS = 120_000;
/** A change claims new destinations, which may be slow to answer. */
const CHANGE_DEADLINE_MS = 120_000;

/** What to protect, where to, with which key. */
@Controller()
export class BackupSetRoutes {
  constructor(
    private readonly peers: Peers,
    private readonly createBackupSet: CreateBackupSet,
  ) {}

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/backup-sets',
    permission: 'backup-sets:read',
    summary: "List a tenant's backup sets",
    response: z.object({ rows: z.array(backupSetView) }),
  })
  async list({ params }: Asked<'tenantId'>): Promise<{ rows: BackupSetView[] }> {
    const { backupSets } = await this.peers.backupSets.listBackupSets(params);
    return { rows: backupSets.map(backupSetViewOf) };
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/backup-sets',
    permission: 'backup-sets:change',
    summary: 'Make a backup set and its vault; the key is in this answer and in no other',
    body: newBackupSet,
    response: createdBackupSet,
    status: 201,
    audit: { action: 'backup-set.create', is: 'change' },
  })
  async create({ params, body }: Asked<'tenantId', undefined, z.output<typeof newBackupSet>>) {
    const { displayName, source, timeZone, retentionRuns } = body;
    const vault = vaultIn(body);
    const retentionJson = JSON.stringify(body.retention);
    const made = await this.createBackupSet.run(params.tenantId, {
      displayName,
      source,
      timeZone,
      retentionJson,
      retentionRuns,
      vault,
    });
    return {
      backupSet: backupSetViewOf(made.backupSet),
      keyText: known(made.keyText),
      recoveryKeyText: known(made.recoveryKeyText),
      warnings: [...made.warnings],
    };
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/backup-sets/:backupSetId',
    permission: 'backup-sets:read',
    summary: 'Show a backup set',
    response: backupSetView,
  })
  async get({ params }: Asked<'tenantId' | 'backupSetId'>): Promise<BackupSetView> {
    return backupSetViewOf(await this.peers.backupSets.getBackupSet(params));
  }

  @Route({
    method: 'PUT',
    path: 'tenants/:tenantId/backup-sets/:backupSetId',
    permission: 'backup-sets:change',
    summary: 'Change a backup set; refused when it was changed since the version that was read',
    body: backupSetChange,
    response: backupSetView,
    audit: { action: 'backup-set.change', is: 'change' },
  })
  async change({ params, body }: Asked<'tenantId' | 'backupSetId', undefined, z.output<typeof backupSetChange>>) {
    const { retention, retentionRuns = '', ...same } = body;
    const change = { ...same, retentionRuns, retentionJson: JSON.stringify(retention) };
    return backupSetViewOf(await this.peers.backupSets.updateBackupSet({ ...params, ...change }));
  }

  @Route({
    method: 'DELETE',
    path: 'tenants/:tenantId/backup-sets/:backupSetId',
    permission: 'backup-sets:change',
    summary: 'Remove a backup set; what its vault holds stays at the destination. Refused while a legal hold is on it',
    audit: { action: 'backup-set.delete', is: 'change' },
  })
  async delete({ params }: Asked<'tenantId' | 'backupSetId'>): Promise<void> {
    await this.peers.backupSets.deleteBackupSet(params);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/backup-sets/:backupSetId/quote',
    permission: 'backup-sets:read',
    summary:
      'What the next backup of the set is expected to take: requests, units, items, bytes, time and the limit that binds',
    response: backupQuoteView,
  })
  async quote({ params }: Asked<'tenantId' | 'backupSetId'>): Promise<BackupQuoteView> {
    const { asOfDay, reportsRefused, ...figures } = await this.peers.backupSets.quoteBackup(params, {
      deadlineMs: QUOTE_DEADLINE_MS,
    });
    return {
      ...figures,
      ...(asOfDay !== '' && { asOfDay }),
      ...(reportsRefused !== '' && { reportsRefused }),
    };
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/vaults/:vaultId',
    permission: 'backup-sets:read',
    summary: 'Show a vault and what it holds, by destination',
    response: vaultView,
  })
  async vault({ params }: Asked<'tenantId' | 'vaultId'>): Promise<VaultView> {
    return this.#vaultView(await this.peers.keys.getVault(params));
  }

  @Route({
    method: 'PUT',
    path: 'tenants/:tenantId/vaults/:vaultId/destinations',
    permission: 'backup-sets:change',
    summary:
      'Give a vault these destinations in this order. New ones are seeded from the others; what lies at those left out stays there. Refused while one that is left out alone holds anything',
    body: vaultDestinations,
    response: vaultView,
    audit: { action: 'vault.change-destinations', is: 'change' },
  })
  async changeDestinations({
    params,
    body,
  }: Asked<'tenantId' | 'vaultId', undefined, z.output<typeof vaultDestinations>>): Promise<VaultView> {
    const request = { ...params, ...body };
    return this.#vaultView(await this.peers.keys.changeDestinations(request, { deadlineMs: CHANGE_DEADLINE_MS }));
  }

  async #vaultView(vault: Vault): Promise<VaultView> {
    const { tenantId, vaultId, keyKind, keyBits, destinationIds, createdAtMs, generation } = vault;
    const asked = { tenantId, vaultId };
    const [{ destinations, ...sums }, { failures }] = await Promise.all([
      this.peers.vaults.getVaultStatistics(asked),
      this.peers.vaults.listLockFailures(asked),
    ]);
    const statistics = { ...sums, destinations: destinations.map((share) => shareViewOf(share, failures)) };
    return { vaultId, keyKind: keyKindOf(keyKind), keyBits, destinationIds, createdAtMs, generation, statistics };
  }
}

function shareViewOf(share: DestinationStatistics, failures: readonly LockFailure[]) {
  const failure = failures.find(({ destinationId }) => destinationId === share.destinationId);
  if (!failure) return share;
  const { destinationId: _, lockedUntilMs, ...same } = failure;
  return { ...share, lockFailure: { ...same, lockedUntilMs: known(lockedUntilMs) } };
}

function vaultIn({ vault, vaultId }: z.output<typeof newBackupSet>): WantedVault | string {
  const chosen = vault ?? vaultId;
  if (chosen !== undefined) return chosen;
  throw new InvalidRequest([{ field: 'vault', rule: 'has to be given, or vaultId instead; not both' }]);
}

function backupSetViewOf(set: BackupSet): BackupSetView {
  return {
    backupSetId: set.backupSetId,
    displayName: set.displayName,
    source: set.source ?? { allAccounts: false, accountIds: [], workloads: [], skipUnlicensed: false },
    vaultId: set.vaultId,
    timeZone: set.timeZone,
    retention: retentionPolicy.parse(JSON.parse(set.retentionJson)),
    retentionRuns: retentionRuns.parse(set.retentionRuns),
    version: set.version,
    createdAtMs: set.createdAtMs,
    ...(set.lastJobAtMs !== 0 && { lastJobAtMs: set.lastJobAtMs, lastJobState: jobStateOf(set.lastJobState) }),
  };
}
