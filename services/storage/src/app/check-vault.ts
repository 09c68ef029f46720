import { checkTerms, type CheckTerms } from '@holdfast/contracts';
import { AppError, isAppError, type DestinationId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { type HeldTask, TaskDesk, type TaskEnd } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { type CheckPoint, readCheckPoint, writeCheckPoint } from './check-point.js';
import type { CheckCounts, CheckScene } from './check-scene.js';
import { CompareListing } from './compare-listing.js';
import { isDestinationFailure } from './destination-health.js';
import { type FindingTally, Integrity } from './integrity.port.js';
import { NameAffected } from './name-affected.js';
import { NameItems } from './name-items.js';
import { ReadThrough } from './read-through.js';
import { isOldState } from '../domain/old-state.js';
import { Vaults } from './vaults.port.js';

/** Packs that are counted anew in one statement. */
const RECOUNTED = 500;

/**
 * Checks a vault at one destination after the other, mends what it can, and puts the index's figures right. Goes on from its
 * checkpoint, and may be repeated at any point.
 */
@Injectable()
export class CheckVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly integrity: Integrity,
    private readonly listing: CompareListing,
    private readonly reading: ReadThrough,
    private readonly affected: NameAffected,
    private readonly items: NameItems,
    private readonly desk: TaskDesk,
    private readonly logger: Logger,
  ) {}

  /** Counts into `counts` as it goes; ends with the reason of `held.signal` where that is aborted. */
  async run(held: HeldTask, counts: CheckCounts): Promise<TaskEnd['outcome']> {
    const { tenantId: tenant, vaultId: vault, jobId, checkpoint } = held.lease;
    const terms = checkTerms.parse(JSON.parse(held.lease.termsJson ?? '{}'));
    const scene: CheckScene = { tenant, vault, jobId, counts, signal: held.signal };
    const destinations = await this.#destinations(scene, terms);
    const from = readCheckPoint(checkpoint);
    Object.assign(counts, from.counts);
    for (const [number, destination] of destinations.entries()) {
      if (number < from.destination) continue;
      const start = number === from.destination ? from : { destination: number, after: undefined, counts };
      await this.#check(held, scene, { terms, destination, start });
    }
    await this.#recount(scene);
    await this.items.run(held, scene);
    await this.affected.run(scene);
    await this.integrity.forgetOlder(tenant, vault, jobId);
    countFindings(counts, await this.integrity.tally(tenant, vault, jobId));
    return outcomeOf(counts);
  }

  async #destinations({ tenant, vault }: CheckScene, { destinationId }: CheckTerms): Promise<readonly DestinationId[]> {
    const destinations = await this.vaults.destinationsOf(tenant, vault);
    if (destinationId === undefined) return destinations;
    if (destinations.includes(destinationId)) return [destinationId];
    throw new AppError('INVALID_ARGUMENT', 'destinationId has to be one of the vault.', {
      context: { field: 'destinationId', destinationId },
    });
  }

  /** A destination that does not answer is told of, and does not keep the others from being checked. */
  async #check(
    held: HeldTask,
    scene: CheckScene,
    at: { readonly terms: CheckTerms; readonly destination: DestinationId; readonly start: CheckPoint },
  ): Promise<void> {
    const { counts } = scene;
    const { terms, destination, start } = at;
    const save = (after: string | undefined, number = start.destination) =>
      this.desk.saveCheckpoint(held.grant, writeCheckPoint({ destination: number, after, counts }));
    try {
      if (start.after === undefined) {
        const expected = await this.integrity.expected(scene.tenant, scene.vault, destination);
        await save(undefined);
        counts.objectsExpected += expected.objects;
        counts.bytesExpected += expected.bytes;
        const upTo = await this.integrity.newestObject(scene.tenant, scene.vault);
        await this.listing.run(scene, destination);
        await this.#tellOldState(scene, destination, upTo);
      }
      if (terms.mode === 'deep') await this.reading.all(scene, destination, start.after ?? '', save);
      if (terms.mode === 'sample')
        await this.reading.share(scene, destination, { days: terms.days ?? 1, since: held.lease.jobStartedAtMs });
    } catch (error) {
      if (!isAppError(error) || !isDestinationFailure(error) || held.signal.aborted) throw error;
      counts.destinationsUnreached += 1;
      this.logger.error('A destination could not be checked to its end', { destinationId: destination, error });
    }
    await save(undefined, start.destination + 1);
  }

  /** Each object that it lacks has a finding of its own; that they are all that came last has one, too. */
  async #tellOldState({ tenant, vault, jobId, counts }: CheckScene, at: DestinationId, upTo: number): Promise<void> {
    if (!isOldState(await this.integrity.lostByAge(tenant, vault, at, { job: jobId, upTo }))) return;
    const told = { damage: 'old-state', state: 'told', bytes: 0, jobId } as const;
    await this.integrity.tell(tenant, vault, { destination: at, name: '' }, told);
    counts.destinationsOld += 1;
    this.logger.error(
      'A destination lacks all that the vault got after some instant, and nothing from before: it shows an old state. Find out who put it back',
      { destinationId: at },
    );
  }

  async #recount({ tenant, vault, counts, signal }: CheckScene): Promise<void> {
    for (let after: number | undefined = 0; after !== undefined;) {
      signal.throwIfAborted();
      const { last, packsCorrected, chunksOff, bytesOff } = await this.integrity.recount(tenant, vault, {
        after,
        size: RECOUNTED,
      });
      counts.packsCorrected += packsCorrected;
      counts.chunksOff += chunksOff;
      counts.bytesOff += bytesOff;
      after = last;
    }
  }
}

function countFindings(counts: CheckCounts, { damaged, mended, open, quarantined }: FindingTally): void {
  counts.objectsMissing = damaged.missing;
  counts.objectsShort = damaged.short;
  counts.objectsLong = damaged.long;
  counts.objectsAltered = damaged.altered;
  counts.objectsMended = mended;
  counts.objectsOpen = open;
  counts.objectsQuarantined = quarantined;
}

function outcomeOf(counts: CheckCounts): TaskEnd['outcome'] {
  const { objectsOpen, objectsQuarantined, objectsUnread, destinationsUnreached } = counts;
  if (objectsOpen + objectsQuarantined + objectsUnread + destinationsUnreached > 0) return 'incomplete';
  const isAsItWas = counts.objectsMended + counts.packsCorrected + counts.indexCorrected === 0;
  return isAsItWas ? 'completed' : 'completed-with-warnings';
}
