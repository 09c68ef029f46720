import { emptyTaskReport, type TaskReport } from '@holdfast/contracts';
import { AppError, Clock } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import {
  type HeldTask,
  inTask,
  type Lease,
  NO_PROGRESS,
  performTask,
  type Progress,
  TaskDesk,
  type TaskEnd,
} from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { ApplyRetention, type RetentionCounts } from './apply-retention.js';
import { noCounts } from './check-scene.js';
import { CheckVault } from './check-vault.js';
import { FreeSpace } from './free-space.js';
import { type FreeingCounts, nothingFreed } from './marked-vault.js';
import { emptyRebuild, hasGaps } from './rebuild-scene.js';
import { RebuildVault } from './rebuild-vault.js';
import { RemoveResources, type RemovalCounts } from './remove-resources.js';

/** Work on a vault, and what it has done so far by name. */
interface Chore {
  readonly progress: () => Partial<Progress>;
  readonly run: (held: HeldTask) => Promise<TaskEnd['outcome']>;
  readonly done: () => NonNullable<TaskReport['housekeeping']>;
  /** By destination, where that says more. */
  readonly doneAt?: () => NonNullable<TaskReport['destinations']>;
}

/** Works on one leased task of a job that keeps a vault in order. */
@Injectable()
export class KeepHouse {
  constructor(
    private readonly desk: TaskDesk,
    private readonly applyRetention: ApplyRetention,
    private readonly freeSpace: FreeSpace,
    private readonly rebuildVault: RebuildVault,
    private readonly checkVault: CheckVault,
    private readonly removeResources: RemoveResources,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Never rejects for what happens to the task; `stop` gives it back to be leased by another. */
  async run(lease: Lease, stop: AbortSignal): Promise<void> {
    await inTask(lease.kind, lease, () => this.#perform(lease, stop));
  }

  async #perform(lease: Lease, stop: AbortSignal): Promise<void> {
    const { desk, clock, logger } = this;
    const chore = this.#chore(lease);
    await performTask(
      lease,
      stop,
      { desk, clock, logger },
      {
        progress: () => ({ ...NO_PROGRESS, ...chore.progress() }),
        run: async (held) => {
          const outcome = await chore.run(held);
          const destinations = chore.doneAt?.();
          const done = { housekeeping: chore.done(), ...(destinations && { destinations }) };
          return { outcome, report: { ...emptyTaskReport, ...done } };
        },
      },
    );
  }

  #chore({ kind }: Lease): Chore {
    if (kind === 'retention') return this.#retention();
    if (kind === 'freeing') return this.#freeing();
    if (kind === 'rebuild') return this.#rebuild();
    if (kind === 'check') return this.#check();
    if (kind === 'deletion') return this.#deletion();
    throw new AppError('INTERNAL', 'Storage was given a task that is none of its kinds.', { context: { kind } });
  }

  #retention(): Chore {
    const counts: RetentionCounts = { resources: 0, kept: 0, retired: 0 };
    return {
      progress: () => ({ itemsDone: counts.resources }),
      run: async (held) => {
        await this.applyRetention.run(held, counts);
        return 'completed';
      },
      done: () => ({ snapshotsKept: counts.kept, snapshotsRetired: counts.retired }),
    };
  }

  #deletion(): Chore {
    const counts: RemovalCounts = { resources: 0, snapshots: 0 };
    return {
      progress: () => ({ itemsDone: counts.snapshots }),
      run: async (held) => {
        await this.removeResources.run(held, counts);
        return 'completed';
      },
      done: () => ({ resourcesRemoved: counts.resources, snapshotsRemoved: counts.snapshots }),
    };
  }

  #freeing(): Chore {
    const counts = nothingFreed();
    return {
      progress: () => ({ itemsDone: counts.snapshots + counts.packs }),
      run: async (held) => {
        await this.freeSpace.run(held, counts);
        return 'completed';
      },
      done: () => freeingDone(counts),
    };
  }

  #rebuild(): Chore {
    const counts = emptyRebuild();
    let destinations: NonNullable<TaskReport['destinations']> = {};
    return {
      progress: () => ({ itemsDone: counts.objects }),
      run: async (held) => {
        const rebuilt = await this.rebuildVault.run(held, counts);
        destinations = Object.fromEntries([...rebuilt].map(([id, done]) => [id, { ...done }]));
        return hasGaps(counts) ? 'completed-with-warnings' : 'completed';
      },
      done: () => ({ ...counts }),
      doneAt: () => destinations,
    };
  }

  #check(): Chore {
    const counts = noCounts();
    return {
      progress: () => ({
        itemsDone: counts.objectsChecked,
        itemsExpected: counts.objectsExpected,
        bytesDone: counts.bytesRead,
      }),
      run: (held) => this.checkVault.run(held, counts),
      done: () => ({ ...counts }),
    };
  }
}

/** A dry run has names of its own, so that nobody takes what would be freed for freed. */
function freeingDone(counts: FreeingCounts): NonNullable<TaskReport['housekeeping']> {
  const { isDryRun, snapshots, snapshotsInUse, packs, packsFreed, packsRepacked, packsToErase } = counts;
  const kept = {
    snapshotsMarked: snapshots,
    snapshotsInUse,
    packsKept: packs - packsFreed - packsRepacked,
    packsToErase,
  };
  // Small packs that were merged take a little less than before, a few of them a little more.
  const bytesFreed = Math.max(0, counts.bytesFreed - counts.bytesWritten);
  if (isDryRun) return { ...kept, packsToFree: packsFreed, packsToRepack: packsRepacked, bytesToFree: bytesFreed };
  return { ...kept, packsFreed, packsRepacked, bytesFreed };
}
