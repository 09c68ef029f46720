import { Module } from '@nestjs/common';
import { HousekeepingReadyConsumer } from './adapters/bus/housekeeping-ready.consumer.js';
import { ChunkController } from './adapters/grpc/chunk.controller.js';
import { PackController } from './adapters/grpc/pack.controller.js';
import { SnapshotController } from './adapters/grpc/snapshot.controller.js';
import { VaultController } from './adapters/grpc/vault.controller.js';
import { ObjectController } from './adapters/http/object.controller.js';
import { PostgresCondemnedPacks } from './adapters/postgres/postgres-condemned-packs.js';
import { PostgresDueDeletions } from './adapters/postgres/postgres-due-deletions.js';
import { PostgresMarkedSnapshots } from './adapters/postgres/postgres-marked-snapshots.js';
import { PostgresChunkIndex } from './adapters/postgres/postgres-chunk-index.js';
import { PostgresFences } from './adapters/postgres/postgres-fences.js';
import { PostgresIntegrity } from './adapters/postgres/postgres-integrity.js';
import { PostgresKeyObjects } from './adapters/postgres/postgres-key-objects.js';
import { PostgresObjectLocks } from './adapters/postgres/postgres-object-locks.js';
import { PostgresObjectPlaces } from './adapters/postgres/postgres-object-places.js';
import { PostgresRetainedChains } from './adapters/postgres/postgres-retained-chains.js';
import { PostgresReturningSnapshots } from './adapters/postgres/postgres-returning-snapshots.js';
import { PostgresSnapshots } from './adapters/postgres/postgres-snapshots.js';
import { PostgresVaults } from './adapters/postgres/postgres-vaults.js';
import { CatchUpTimer } from './adapters/timer/catch-up.timer.js';
import { AdoptVault } from './app/adopt-vault.js';
import { ApplyRetention } from './app/apply-retention.js';
import { CondemnPacks } from './app/condemn-packs.js';
import { CondemnedPacks } from './app/condemned-packs.port.js';
import { DamagedCopies } from './app/damaged-copies.js';
import { DecidePacks } from './app/decide-packs.js';
import { DeleteCondemned } from './app/delete-condemned.js';
import { DueDeletions } from './app/due-deletions.port.js';
import { WarningsOfVault } from './app/warnings-of-vault.js';
import { FindErasureHolders } from './app/find-erasure-holders.js';
import { FreeSpace } from './app/free-space.js';
import { MarkLate } from './app/late-marks.js';
import { MarkedSnapshots } from './app/marked-snapshots.port.js';
import { OpenWorkOf } from './app/open-work.js';
import { PutRepacked } from './app/put-repacked.js';
import { RepackPacks } from './app/repack-packs.js';
import { StoredChunks } from './app/stored-chunks.js';
import { ClearLeftVaults } from './app/clear-left-vaults.js';
import { ChangeDestinations } from './app/change-destinations.js';
import { CheckTrailer } from './app/check-trailer.js';
import { CheckVault } from './app/check-vault.js';
import { CheckGrant } from './app/check-grant.js';
import { ChunkIndex } from './app/chunk-index.port.js';
import { CommitSnapshot } from './app/commit-snapshot.js';
import { ReplaceSnapshots } from './app/replace-snapshots.js';
import { CompareListing } from './app/compare-listing.js';
import { CopyDueObjects } from './app/copy-due-objects.js';
import { CreateVault } from './app/create-vault.js';
import { DemandGeneration } from './app/demand-generation.js';
import { DestinationHealth } from './app/destination-health.js';
import { ExtendLocks } from './app/extend-locks.js';
import { FindAwayPacks } from './app/find-away-packs.js';
import { FindMissingPacks } from './app/find-missing-packs.js';
import { FindMissing } from './app/find-missing.js';
import { DiscardVault } from './app/discard-vault.js';
import { FindHead } from './app/find-head.js';
import { Fences } from './app/fences.port.js';
import { Integrity } from './app/integrity.port.js';
import { ObjectLocks } from './app/object-locks.port.js';
import { ObjectPlaces } from './app/object-places.port.js';
import { HurryReturned } from './app/hurry-returned.js';
import { KeepHouse } from './app/keep-house.js';
import { KeepNote } from './app/keep-note.js';
import { KeyObjects } from './app/key-objects.port.js';
import { LookForVaults } from './app/look-for-vaults.js';
import { NewObjects } from './app/new-objects.js';
import { MendObject } from './app/mend-object.js';
import { NameAffected } from './app/name-affected.js';
import { NameItems } from './app/name-items.js';
import { AffectedItems } from './app/affected-items.port.js';
import { PostgresAffectedItems } from './adapters/postgres/postgres-affected-items.js';
import { PerformCommit } from './app/perform-commit.js';
import { ReadThrough } from './app/read-through.js';
import { ReadObject } from './app/read-object.js';
import { RebuildHistory } from './app/rebuild-history.js';
import { RebuildIndex } from './app/rebuild-index.js';
import { RebuildSnapshots } from './app/rebuild-snapshots.js';
import { RebuildVault } from './app/rebuild-vault.js';
import { ReceiveObject } from './app/receive-object.js';
import { RegisterPacks } from './app/register-packs.js';
import { RequestPlaces } from './app/request-places.js';
import { RequestReadPlaces } from './app/request-read-places.js';
import { RetainedChains } from './app/retained-chains.port.js';
import { ReturningSnapshots } from './app/returning-snapshots.port.js';
import { Snapshots } from './app/snapshots.port.js';
import { Erasures } from './app/erasures.port.js';
import { PostgresErasures } from './adapters/postgres/postgres-erasures.js';
import { SnapshotShares } from './app/snapshot-shares.port.js';
import { PostgresSnapshotShares } from './adapters/postgres/postgres-snapshot-shares.js';
import { RemoveResources } from './app/remove-resources.js';
import { ReplaceKeys } from './app/replace-keys.js';
import { SurveyVault } from './app/survey-vault.js';
import { FindHeldVaults } from './app/find-held-vaults.js';
import { TestDestination } from './app/test-destination.js';
import { TreatDamage } from './app/treat-damage.js';
import { VaultFilters } from './app/vault-filters.js';
import { Vaults } from './app/vaults.port.js';

/** The storage service on one page: what it answers, what it does, and which adapter stands behind each port. */
@Module({
  controllers: [VaultController, PackController, ChunkController, SnapshotController, ObjectController],
  providers: [
    AdoptVault,
    ApplyRetention,
    RemoveResources,
    CatchUpTimer,
    ChangeDestinations,
    CheckGrant,
    CheckTrailer,
    CheckVault,
    ClearLeftVaults,
    CommitSnapshot,
    ReplaceSnapshots,
    CondemnPacks,
    CompareListing,
    CopyDueObjects,
    CreateVault,
    DecidePacks,
    DeleteCondemned,
    DemandGeneration,
    DestinationHealth,
    DiscardVault,
    ExtendLocks,
    FindAwayPacks,
    HurryReturned,
    FindHead,
    FindMissing,
    FindMissingPacks,
    FreeSpace,
    FindErasureHolders,
    WarningsOfVault,
    HousekeepingReadyConsumer,
    KeepHouse,
    MarkLate,
    OpenWorkOf,
    KeepNote,
    LookForVaults,
    MendObject,
    NameAffected,
    NameItems,
    NewObjects,
    PerformCommit,
    PutRepacked,
    ReadObject,
    ReadThrough,
    RebuildHistory,
    DamagedCopies,
    RebuildIndex,
    RebuildSnapshots,
    RebuildVault,
    ReplaceKeys,
    ReceiveObject,
    RegisterPacks,
    RepackPacks,
    RequestPlaces,
    RequestReadPlaces,
    StoredChunks,
    SurveyVault,
    FindHeldVaults,
    TestDestination,
    TreatDamage,
    VaultFilters,
    { provide: ChunkIndex, useClass: PostgresChunkIndex },
    { provide: CondemnedPacks, useClass: PostgresCondemnedPacks },
    { provide: DueDeletions, useClass: PostgresDueDeletions },
    { provide: Fences, useClass: PostgresFences },
    { provide: MarkedSnapshots, useClass: PostgresMarkedSnapshots },
    { provide: AffectedItems, useClass: PostgresAffectedItems },
    { provide: Integrity, useClass: PostgresIntegrity },
    { provide: KeyObjects, useClass: PostgresKeyObjects },
    { provide: ObjectLocks, useClass: PostgresObjectLocks },
    { provide: ObjectPlaces, useClass: PostgresObjectPlaces },
    { provide: RetainedChains, useClass: PostgresRetainedChains },
    { provide: ReturningSnapshots, useClass: PostgresReturningSnapshots },
    { provide: Snapshots, useClass: PostgresSnapshots },
    { provide: Erasures, useClass: PostgresErasures },
    { provide: SnapshotShares, useClass: PostgresSnapshotShares },
    { provide: Vaults, useClass: PostgresVaults },
  ],
})
export class StorageModule {}
