import type { SnapshotServiceController } from '@holdfast/contracts/storage/v1';
import { GraphClient, RequestCounters, Transport } from '@holdfast/graph';
import { resourceParts, type Clock } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import {
  AppSlices,
  AuthTokenSource,
  type FenceBoard,
  GraphTelemetry,
  LeasedBudget,
  type HeldTask,
} from '@holdfast/worker';
import { randomBytes } from 'node:crypto';
import { type DamagedItems, ResourceAccesses, type Head, type ResourceAccess } from '../../app/resource-access.port.js';
import { storeListingAnew } from '../../app/store-listing-anew.js';
import { ChainClient } from './chain-client.js';
import { readerFor } from './reader-for.js';
import { headFrom } from './head-from.js';
import type { OpenedVault, OpenVaults } from './open-vaults.js';

/** In the place of an item's id: what the newest snapshot lists. */
const LISTING = '';

/** Opens a task's access: token and budget from auth, the shared writer of its vault, the newest snapshot from storage. */
export class GrpcResourceAccesses extends ResourceAccesses {
  readonly #chains: ChainClient;
  readonly #snapshots: GrpcClient<SnapshotServiceController>;
  readonly #transports = new Map<string, Transport>();
  readonly #apps: AppSlices;

  constructor(
    private readonly auth: GrpcConnection,
    storage: GrpcConnection,
    private readonly vaults: OpenVaults,
    private readonly fences: FenceBoard,
    private readonly clock: Clock,
  ) {
    super();
    this.#apps = new AppSlices(fences, clock);
    this.#chains = new ChainClient(auth, storage);
    this.#snapshots = storage.client<SnapshotServiceController>('SnapshotService', {
      repeatable: ['getHead', 'getReadAnew', 'noteReadAnew'],
    });
  }

  override async open(held: HeldTask): Promise<ResourceAccess> {
    const tokens = new AuthTokenSource(this.auth, held, this.clock);
    const budget = new LeasedBudget({
      tenant: held.lease.tenantId,
      auth: this.auth,
      live: held,
      clock: this.clock,
      fences: this.fences,
      apps: this.#apps,
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
      const { isAll, itemIds } = await this.#snapshots.getReadAnew({ grant: held.grant, afterItemId: '' });
      // What this process wrote before the damage was found counts as unknown from here on.
      if (isAll || itemIds.length > 0) vault.writer.forgetKnown();
      return {
        reader: readerFor(client, resourceParts(held.lease.resourceId)),
        writer: vault.writer,
        context: vault.context,
        keys: vault.keys,
        generation: vault.generation,
        head: await this.#head(held, vault, isAll),
        damaged: this.#damaged(held),
        totals: () => counters.totals(),
        newPacks: () => vault.newPacks(),
        certify: (key) => this.#chains.certify(held, key),
        commit: (sealed) => this.#chains.commit(held, sealed, vault),
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

  #damaged(held: HeldTask): DamagedItems {
    return {
      after: async (id) => (await this.#snapshots.getReadAnew({ grant: held.grant, afterItemId: id })).itemIds,
      noteRead: async (ids) => {
        await this.#snapshots.noteReadAnew({ grant: held.grant, isAll: false, itemIds: [...ids] });
      },
    };
  }

  /** `isListingDue`: what the head lists is damaged. As far as it can be read it is stored anew, and otherwise nothing builds on it. */
  async #head(held: HeldTask, vault: OpenedVault, isListingDue: boolean): Promise<Head | undefined> {
    const { grant, lease, signal } = held;
    const { head } = await this.#snapshots.getHead({ grant });
    if (!head) return undefined;
    const { sealed, isRetired } = head;
    const whole = headFrom({ sealed, isEmpty: isRetired }, vault, lease);
    if (!isListingDue || isRetired) return whole;
    const isWhole = await storeListingAnew(vault.context.store, whole.body, signal);
    await this.#snapshots.noteReadAnew({ grant, isAll: !isWhole, itemIds: isWhole ? [LISTING] : [] });
    return isWhole ? whole : headFrom({ sealed, isEmpty: true }, vault, lease);
  }

  #transport(caPem: string): Transport {
    const known = this.#transports.get(caPem);
    if (known) return known;
    const made = new Transport(caPem ? { caPem } : {});
    this.#transports.set(caPem, made);
    return made;
  }
}
