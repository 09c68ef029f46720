import type { KeyServiceController } from '@holdfast/contracts/auth/v1';
import type { SnapshotServiceController } from '@holdfast/contracts/storage/v1';
import { GraphClient, RequestCounters, Transport } from '@holdfast/graph';
import {
  AppError,
  isAppError,
  parseSnapshotId,
  resourceParts,
  type Clock,
  type PackName,
  type SnapshotId,
} from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { openSnapshot, type SigningKey, type VaultKeys } from '@holdfast/vault';
import { AuthTokenSource, FenceBoard, GraphTelemetry, LeasedBudget, type HeldTask } from '@holdfast/worker';
import { randomBytes } from 'node:crypto';
import { ResourceAccesses, type Head, type ResourceAccess } from '../../app/resource-access.port.js';
import { readerFor } from './reader-for.js';
import { headFrom } from './head-from.js';
import type { OpenedVault, OpenVaults } from './open-vaults.js';

const COMMIT_DEADLINE_MS = 120_000;

/** Opens a task's access: token and budget from auth, the shared writer of its vault, the newest snapshot from storage. */
export class GrpcResourceAccesses extends ResourceAccesses {
  readonly #keys: GrpcClient<KeyServiceController>;
  readonly #snapshots: GrpcClient<SnapshotServiceController>;
  readonly #transports = new Map<string, Transport>();
  readonly #fences: FenceBoard;

  constructor(
    private readonly auth: GrpcConnection,
    storage: GrpcConnection,
    private readonly vaults: OpenVaults,
    private readonly clock: Clock,
  ) {
    super();
    this.#fences = new FenceBoard(clock);
    this.#keys = auth.client<KeyServiceController>('KeyService', { repeatable: ['certifyTaskKey'] });
    this.#snapshots = storage.client<SnapshotServiceController>('SnapshotService', {
      repeatable: ['commitSnapshot', 'getHead', 'getReadAnew'],
    });
  }

  override async open(held: HeldTask): Promise<ResourceAccess> {
    const tokens = new AuthTokenSource(this.auth, held, this.clock);
    const budget = new LeasedBudget({
      tenant: held.lease.tenantId,
      auth: this.auth,
      live: held,
      clock: this.clock,
      fences: this.#fences,
    });
    const { graphBaseUrl, caPem } = await tokens.get();
    const counters = new RequestCounters();
    const client = new GraphClient({
      cloud: { name: graphBaseUrl, loginBaseUrl: graphBaseUrl, graphBaseUrl, ...(caPem && { caPem }) },
      transport: this.#transport(caPem),
      tokens,
      budget,
      clock: this.clock,
      random: randomBytes,
      counters,
      observer: new GraphTelemetry(),
    });
    const vault = await this.vaults.open(held);
    try {
      const { isAll, itemIds } = await this.#snapshots.getReadAnew({ grant: held.grant });
      // What this process wrote before the damage was found counts as unknown from here on.
      if (isAll || itemIds.length > 0) vault.writer.forgetKnown();
      return {
        reader: readerFor(client, resourceParts(held.lease.resourceId)),
        writer: vault.writer,
        context: vault.context,
        keys: vault.keys,
        generation: vault.generation,
        head: await this.#head(held, vault, isAll),
        readAnew: itemIds,
        totals: () => counters.totals(),
        newPacks: () => vault.newPacks(),
        certify: (key) => this.#certify(held, key),
        commit: (sealed) => this.#commit(held, sealed, vault),
        close: async () => {
          await budget.close();
          await vault.release();
        },
      };
    } catch (error) {
      await vault.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const transport of this.#transports.values()) await transport.close();
  }

  /** `isReadAnew`: what the head lists cannot be read whole, so nothing builds on it. */
  async #head({ grant, lease }: HeldTask, vault: OpenedVault, isReadAnew: boolean): Promise<Head | undefined> {
    const { head } = await this.#snapshots.getHead({ grant });
    if (!head) return undefined;
    return headFrom({ sealed: head.sealed, isEmpty: head.isRetired || isReadAnew }, vault, lease);
  }

  async #certify(held: HeldTask, key: SigningKey): Promise<Uint8Array> {
    const { certificate } = await this.#keys.certifyTaskKey({
      grant: held.grant,
      publicKey: Buffer.from(key.publicKey),
    });
    return certificate;
  }

  async #commit(held: HeldTask, sealed: Uint8Array, vault: OpenedVault): Promise<SnapshotId> {
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

  #transport(caPem: string): Transport {
    const known = this.#transports.get(caPem);
    if (known) return known;
    const made = new Transport(caPem ? { caPem } : {});
    this.#transports.set(caPem, made);
    return made;
  }
}

const ringOf = (keys: VaultKeys) => ({ cipher: keys.cipher, indexKey: keys.indexKey, ring: keys.ring });
