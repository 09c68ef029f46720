import type { GrantClaims } from '@holdfast/contracts';
import { AppError, type PackName, type SnapshotId } from '@holdfast/kernel';
import {
  commitOf,
  opaqueResourceId,
  snapshotIdOf,
  snapshotObjectName,
  startCommit,
  verifySnapshot,
  type SnapshotHeader,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { IndexKeys } from './index-keys.port.js';
import { PerformCommit } from './perform-commit.js';
import type { SnapshotInfo } from './snapshots.port.js';

export interface SnapshotToCommit {
  readonly sealed: Uint8Array;
  /** Undefined for a first snapshot. */
  readonly parent: SnapshotId | undefined;
  /** Packs that the task wrote; the sealed header names the same ones. */
  readonly neededPacks: readonly PackName[];
}

/** Makes a task's snapshot the head of its chain, and visible. Safe to repeat with the same bytes. */
@Injectable()
export class CommitSnapshot {
  constructor(
    private readonly indexKeys: IndexKeys,
    private readonly performCommit: PerformCommit,
  ) {}

  async run(claims: GrantClaims, { sealed, parent, neededPacks }: SnapshotToCommit): Promise<SnapshotInfo> {
    const { tenant, vault } = claims;
    const { key, cipher, generation, signingKeys } = await this.indexKeys.of(tenant, vault);
    const header = verifySnapshot(sealed, { cipher, indexKey: key }, signingKeys);
    requireGranted(header, claims);
    if (header.parent !== parent) throw invalid('parentSnapshotId', 'the parent that the snapshot names');
    const named = new Set(header.newPacks);
    if (neededPacks.some((pack) => !named.has(pack))) throw invalid('neededPacks', 'packs that the snapshot names');
    const objectName = snapshotObjectName(
      opaqueResourceId(tenant, header.set, header.resource, key),
      header.generation,
      header.number,
    );
    const wanted = { header, sealed, objectName, vaultGeneration: generation };
    return this.performCommit.run({ tenant, vault, wanted }, startCommit(commitOf(snapshotIdOf(sealed), header)));
  }
}

/** The certified key signed the header, but the grant is what the caller was given. A rewritten snapshot keeps the job of the one before. */
function requireGranted(header: SnapshotHeader, claims: GrantClaims): void {
  const isGranted =
    (claims.kind === 'rewriting' || (claims.kind === 'backup' && header.job === claims.job)) &&
    header.tenant === claims.tenant &&
    header.vault === claims.vault &&
    header.set === claims.set &&
    header.resource === claims.resource &&
    header.epoch === claims.epoch;
  if (!isGranted) throw invalid('sealed', 'a snapshot of the grant’s vault, set, resource, job and epoch');
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}
