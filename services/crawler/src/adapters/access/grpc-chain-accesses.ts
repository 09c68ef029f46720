import type { DeletionServiceController } from '@holdfast/contracts/scheduler/v1';
import type { SnapshotServiceController } from '@holdfast/contracts/storage/v1';
import { parseSnapshotId, type SnapshotId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { openSnapshot, verifySnapshot, type SnapshotParts } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { type ChainAccess, ChainAccesses, type ChainSnapshot } from '../../app/chain-access.port.js';
import { ChainClient, ringOf } from './chain-client.js';
import { headFrom } from './head-from.js';
import type { OpenedVault, OpenVaults } from './open-vaults.js';

/** Snapshots told of or asked for at once. */
const PAGE = 1_000;

/** Opens a rewriting's chain: the shared writer of its vault, and what storage has of the chain. */
export class GrpcChainAccesses extends ChainAccesses {
  readonly #chains: ChainClient;
  readonly #snapshots: GrpcClient<SnapshotServiceController>;
  readonly #deletions: GrpcClient<DeletionServiceController>;

  constructor(
    { auth, storage, scheduler }: Readonly<Record<'auth' | 'storage' | 'scheduler', GrpcConnection>>,
    private readonly vaults: OpenVaults,
  ) {
    super();
    this.#chains = new ChainClient(auth, storage);
    this.#snapshots = storage.client<SnapshotServiceController>('SnapshotService', {
      repeatable: ['getHead', 'listChain', 'getChainSnapshot', 'replaceSnapshots'],
    });
    this.#deletions = scheduler.client<DeletionServiceController>('DeletionService', { repeatable: ['noteRemovals'] });
  }

  override async open(held: HeldTask): Promise<ChainAccess> {
    const vault = await this.vaults.open(held);
    try {
      const { head } = await this.#snapshots.getHead({ grant: held.grant });
      return {
        context: vault.context,
        keys: vault.keys,
        generation: vault.generation,
        head: head && headFrom({ sealed: head.sealed, isEmpty: true }, vault, held.lease),
        snapshots: () => this.#list(held),
        open: (snapshot) => this.#open(held, snapshot, vault),
        newPacks: () => vault.newPacks(),
        flush: () => vault.writer.flush(),
        certify: (key) => this.#chains.certify(held, key),
        commit: (sealed) => this.#chains.commit(held, sealed, vault),
        note: (snapshots) => this.#note(held, snapshots),
        replace: (snapshots, standing) => this.#replace(held, snapshots, standing),
        close: () => vault.release(),
      };
    } catch (error) {
      await vault.release();
      throw error;
    }
  }

  async #list({ grant }: HeldTask): Promise<readonly ChainSnapshot[]> {
    const all: ChainSnapshot[] = [];
    let pageToken = '';
    do {
      const { snapshots, nextPageToken } = await this.#snapshots.listChain({ grant, pageSize: PAGE, pageToken });
      for (const { snapshotId, number, jobId, jobStartedAtMs } of snapshots)
        all.push({ id: parseSnapshotId(snapshotId), number, jobId, jobStartedAt: jobStartedAtMs });
      pageToken = nextPageToken;
    } while (pageToken !== '');
    return all;
  }

  async #open({ grant }: HeldTask, snapshotId: SnapshotId, vault: OpenedVault): Promise<SnapshotParts> {
    const { sealed } = await this.#snapshots.getChainSnapshot({ grant, snapshotId });
    verifySnapshot(sealed, vault.keys, vault.signingKeys);
    return openSnapshot(sealed, ringOf(vault.keys));
  }

  /** At least once, for a legal hold may be on it. */
  async #note({ grant, lease }: HeldTask, snapshots: readonly ChainSnapshot[]): Promise<void> {
    for (let at = 0; at === 0 || at < snapshots.length; at += PAGE)
      await this.#deletions.noteRemovals({
        grant,
        resourceId: lease.resourceId,
        snapshots: snapshots
          .slice(at, at + PAGE)
          .map(({ id, number, jobStartedAt }) => ({ snapshotId: id, number, jobStartedAtMs: jobStartedAt })),
      });
  }

  async #replace(
    { grant }: HeldTask,
    snapshots: readonly ChainSnapshot[],
    standing: readonly SnapshotId[],
  ): Promise<void> {
    if (snapshots.length === 0) return;
    const snapshotIds = snapshots.map(({ id }) => id);
    await this.#snapshots.replaceSnapshots({ grant, snapshotIds, standingSnapshotIds: [...standing] });
  }
}
