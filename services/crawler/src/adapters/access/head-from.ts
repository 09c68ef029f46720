import { AppError } from '@holdfast/kernel';
import {
  emptyLedger,
  openSnapshot,
  type SigningKeys,
  type SnapshotBody,
  snapshotIdOf,
  verifySnapshot,
  type VaultKeys,
} from '@holdfast/vault';
import type { Lease } from '@holdfast/worker';
import type { Head } from '../../app/resource-access.port.js';

/** A vault as far as its snapshots need it. */
export interface SnapshotVault {
  readonly keys: VaultKeys;
  readonly signingKeys: SigningKeys;
  readonly generation: number;
}

/** What is left of a snapshot that retention let go, or whose listing is damaged: the chain goes on from its name, and everything is read anew. */
const NOTHING: SnapshotBody = {
  items: undefined,
  folders: undefined,
  cursors: undefined,
  owed: undefined,
  log: undefined,
  ledger: emptyLedger,
};

/** The snapshot that storage calls the head of the lease's chain; VAULT_OBJECT_INVALID for one of another chain, however well signed. */
export function headFrom(
  { sealed, isEmpty }: { readonly sealed: Uint8Array; readonly isEmpty: boolean },
  { keys, signingKeys, generation }: SnapshotVault,
  lease: Lease,
): Head {
  const header = verifySnapshot(sealed, keys, signingKeys);
  const id = snapshotIdOf(sealed);
  const isOurs =
    header.tenant === lease.tenantId &&
    header.vault === lease.vaultId &&
    header.set === lease.backupSetId &&
    header.resource === lease.resourceId &&
    header.generation <= generation;
  if (!isOurs)
    throw new AppError(
      'VAULT_OBJECT_INVALID',
      `Snapshot ${id} is refused as the head of a resource’s chain: it was made for another one, or for a vault that was rebuilt since.`,
      { context: { snapshotId: id } },
    );
  const body = isEmpty ? NOTHING : openSnapshot(sealed, keys).body;
  return { id, body, number: header.number, jobId: header.job, ...(isEmpty && { isNameOnly: true }) };
}
