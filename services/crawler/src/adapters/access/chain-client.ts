import type { KeyServiceController } from '@holdfast/contracts/auth/v1';
import type { SnapshotServiceController } from '@holdfast/contracts/storage/v1';
import { AppError, isAppError, parseSnapshotId, type PackName, type SnapshotId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { openSnapshot, type SigningKey, type VaultKeys } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import type { OpenedVault } from './open-vaults.js';

const COMMIT_DEADLINE_MS = 120_000;

/** Has snapshots of a task certified and committed. */
export class ChainClient {
  readonly #keys: GrpcClient<KeyServiceController>;
  readonly #snapshots: GrpcClient<SnapshotServiceController>;

  constructor(auth: GrpcConnection, storage: GrpcConnection) {
    this.#keys = auth.client<KeyServiceController>('KeyService', { repeatable: ['certifyTaskKey'] });
    this.#snapshots = storage.client<SnapshotServiceController>('SnapshotService', {
      repeatable: ['commitSnapshot', 'getHead'],
    });
  }

  async certify(held: HeldTask, key: SigningKey): Promise<Uint8Array> {
    const { certificate } = await this.#keys.certifyTaskKey({
      grant: held.grant,
      publicKey: Buffer.from(key.publicKey),
    });
    return certificate;
  }

  async commit(held: HeldTask, sealed: Uint8Array, vault: OpenedVault): Promise<SnapshotId> {
    const { header } = openSnapshot(sealed, ringOf(vault.keys));
    const request = {
      grant: held.grant,
      sealed: Buffer.from(sealed),
      parentSnapshotId: header.parent ?? '',
      neededPacks: Buffer.concat(header.newPacks.map((name: PackName) => Buffer.from(name, 'hex'))),
    };
    try {
      const snapshot = await this.#snapshots.commitSnapshot(request, { deadlineMs: COMMIT_DEADLINE_MS });
      return await this.#proven(held, parseSnapshotId(snapshot.snapshotId));
    } catch (error) {
      if (isAppError(error, 'FAILED_PRECONDITION')) vault.writer.forgetKnown();
      throw error;
    }
  }

  /** Asked of storage once more: an answer alone is no snapshot. */
  async #proven({ grant }: HeldTask, committed: SnapshotId): Promise<SnapshotId> {
    const { head } = await this.#snapshots.getHead({ grant });
    if (head?.snapshot?.snapshotId === committed) return committed;
    throw new AppError('OBJECT_NOT_FOUND', 'Storage answered that the snapshot is committed, and does not show it.', {
      context: { snapshotId: committed },
    });
  }
}

export const ringOf = (keys: VaultKeys) => ({ cipher: keys.cipher, indexKey: keys.indexKey, ring: keys.ring });
