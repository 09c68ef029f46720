import type { CheckTerms } from '@holdfast/contracts';
import { parseJobId, parseTaskId, vaultResource } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import type { HeldTask, TaskDesk, TaskEnd } from '@holdfast/worker';
import { randomUUID } from 'node:crypto';
import { PostgresAffectedItems } from '../adapters/postgres/postgres-affected-items.js';
import { PostgresMarkedSnapshots } from '../adapters/postgres/postgres-marked-snapshots.js';
import { PostgresIntegrity } from '../adapters/postgres/postgres-integrity.js';
import { PostgresObjectPlaces } from '../adapters/postgres/postgres-object-places.js';
import { PostgresVaults } from '../adapters/postgres/postgres-vaults.js';
import { PostgresChunkIndex } from '../adapters/postgres/postgres-chunk-index.js';
import { ours } from '../adapters/postgres/test-database.suite.js';
import { type CheckCounts, noCounts } from '../app/check-scene.js';
import { CheckTrailer } from '../app/check-trailer.js';
import { CheckVault } from '../app/check-vault.js';
import { CompareListing } from '../app/compare-listing.js';
import { DestinationHealth } from '../app/destination-health.js';
import { FindAwayPacks } from '../app/find-away-packs.js';
import { MendObject } from '../app/mend-object.js';
import { MetadataKeys } from '../app/metadata-keys.port.js';
import { NameAffected } from '../app/name-affected.js';
import { NameItems } from '../app/name-items.js';
import { StoredChunks } from '../app/stored-chunks.js';
import { ReadThrough } from '../app/read-through.js';
import { TreatDamage } from '../app/treat-damage.js';
import { clock, keys, OneVaultKey, type StorageUnderTest, vault } from './storage-under-test.suite.js';

export interface EndedCheck {
  readonly outcome: TaskEnd['outcome'];
  readonly counts: CheckCounts;
}

/** A storage's worker that checks the vault under test, whose task can be broken off and gone on with. */
export class Checking {
  /** The newest checkpoint of the job. */
  checkpoint: Uint8Array | undefined;
  /** Rejects the saving of the checkpoint of this number. */
  failsAt = Infinity;
  readonly integrity;
  readonly #check;

  constructor(storage: StorageUnderTest) {
    const { directory } = storage;
    const database = storage.database();
    const logger = new SilentLogger();
    const vaults = new PostgresVaults(database);
    const index = new PostgresChunkIndex(database);
    const places = new PostgresObjectPlaces(database);
    const indexKeys = new OneVaultKey();
    const integrity = new PostgresIntegrity(database);
    const health = new DestinationHealth(clock, { ms: 500 });
    const away = new FindAwayPacks(vaults, places, index, directory, health);
    const treat = new TreatDamage(integrity, places, directory, new MendObject(integrity, places, directory), logger);
    const trailers = new CheckTrailer(integrity, directory, indexKeys, logger);
    let saved = 0;
    const saveCheckpoint = async (_grant: string, bytes: Uint8Array) => {
      if (++saved === this.failsAt) throw new Error('the process ends here');
      this.checkpoint = bytes;
    };
    this.integrity = integrity;
    this.#check = new CheckVault(
      vaults,
      integrity,
      new CompareListing(integrity, directory, treat),
      new ReadThrough(integrity, treat, trailers, away, logger),
      new NameAffected(integrity, indexKeys),
      new NameItems(
        new PostgresAffectedItems(database),
        integrity,
        new PostgresMarkedSnapshots(database),
        new VaultMetadata(),
        new StoredChunks(index, places, directory, health),
        logger,
      ),
      { saveCheckpoint } as unknown as TaskDesk,
      logger,
    );
  }

  /** One attempt at a job; the next with the same id goes on from where it was broken off. */
  async run(terms: CheckTerms, jobId = parseJobId(randomUUID())): Promise<EndedCheck> {
    const counts = noCounts();
    const lease = {
      kind: 'check',
      grant: 'grant',
      leaseMs: 60_000,
      tenantId: ours,
      taskId: parseTaskId(randomUUID()),
      jobId,
      vaultId: vault,
      resourceId: vaultResource(vault),
      epoch: 1,
      timeZone: 'UTC',
      jobStartedAtMs: clock.now(),
      fullCheck: false,
      lane: 'first-full',
      termsJson: JSON.stringify(terms),
      ...(this.checkpoint && { checkpoint: this.checkpoint }),
    } as const;
    const held = { lease, grant: 'grant', signal: new AbortController().signal } as unknown as HeldTask;
    const outcome = await this.#check.run(held, counts);
    this.checkpoint = undefined;
    return { outcome, counts };
  }

  async findings() {
    return (await this.integrity.findings(ours, vault, { size: 1_000, token: '' })).findings;
  }
}

class VaultMetadata extends MetadataKeys {
  override lease() {
    return Promise.resolve(keys);
  }
}
