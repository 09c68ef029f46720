import { emptyTaskReport, type TaskReport } from '@holdfast/contracts';
import { AppError, Clock } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { type HeldTask, type Lease, NO_PROGRESS, performTask, TaskDesk } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { ApplyRetention, type RetentionCounts } from './apply-retention.js';
import { FreeSpace } from './free-space.js';
import type { FreeingCounts } from './marked-vault.js';
import { emptyRebuild, hasGaps } from './rebuild-scene.js';
import { RebuildVault } from './rebuild-vault.js';

/** Work on a vault, and what it has done so far by name. */
interface Chore {
  readonly itemsDone: () => number;
  readonly run: (held: HeldTask) => Promise<void>;
  readonly done: () => NonNullable<TaskReport['housekeeping']>;
  /** Whether something of the vault could not be used; absent where that cannot be. */
  readonly hasGaps?: () => boolean;
}

/** Works on one leased task of a job that keeps a vault in order. */
@Injectable()
export class KeepHouse {
  constructor(
    private readonly desk: TaskDesk,
    private readonly applyRetention: ApplyRetention,
    private readonly freeSpace: FreeSpace,
    private readonly rebuildVault: RebuildVault,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Never rejects for what happens to the task; `stop` gives it back to be leased by another. */
  async run(lease: Lease, stop: AbortSignal): Promise<void> {
    const { desk, clock, logger } = this;
    const chore = this.#chore(lease);
    await performTask(
      lease,
      stop,
      { desk, clock, logger },
      {
        progress: () => ({ ...NO_PROGRESS, itemsDone: chore.itemsDone() }),
        run: async (held) => {
          await chore.run(held);
          const outcome = chore.hasGaps?.() === true ? 'completed-with-warnings' : 'completed';
          return { outcome, report: { ...emptyTaskReport, housekeeping: chore.done() } };
        },
      },
    );
  }

  #chore({ kind }: Lease): Chore {
    if (kind === 'retention') return this.#retention();
    if (kind === 'freeing') return this.#freeing();
    if (kind === 'rebuild') return this.#rebuild();
    throw new AppError('INTERNAL', 'Storage was given a task that is none of its kinds.', { context: { kind } });
  }

  #retention(): Chore {
    const counts: RetentionCounts = { resources: 0, kept: 0, retired: 0 };
    return {
      itemsDone: () => counts.resources,
      run: (held) => this.applyRetention.run(held, counts),
      done: () => ({ snapshotsKept: counts.kept, snapshotsRetired: counts.retired }),
    };
  }

  #freeing(): Chore {
    const counts: FreeingCounts = {
      snapshots: 0,
      packs: 0,
      packsFreed: 0,
      packsRepacked: 0,
      bytesFreed: 0,
      bytesWritten: 0,
    };
    return {
      itemsDone: () => counts.snapshots + counts.packs,
      run: (held) => this.freeSpace.run(held, counts),
      done: () => ({
        snapshotsMarked: counts.snapshots,
        packsKept: counts.packs - counts.packsFreed - counts.packsRepacked,
        packsFreed: counts.packsFreed,
        packsRepacked: counts.packsRepacked,
        // Small packs that were merged take a little less than before, a few of them a little more.
        bytesFreed: Math.max(0, counts.bytesFreed - counts.bytesWritten),
      }),
    };
  }
  #rebuild(): Chore {
    const counts = emptyRebuild();
    return {
      itemsDone: () => counts.objects,
      run: (held) => this.rebuildVault.run(held, counts),
      done: () => ({ ...counts }),
      hasGaps: () => hasGaps(counts),
    };
  }
}
