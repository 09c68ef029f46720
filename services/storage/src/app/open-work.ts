import { packsOfCheckpoint, ReadOnlyStore, type VaultKeys, VaultReader } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { Clock, type PackName } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { CondemnedPacks } from './condemned-packs.port.js';
import { FreeingTermsSource, type OpenTask } from './freeing-terms.port.js';
import type { OpenWork } from './marked-snapshots.port.js';
import { StoredChunks } from './stored-chunks.js';

/** Scheduler's clock and ours may differ by so much where their databases are two. */
const CLOCKS_APART_MS = 10 * 60 * 1000;

export interface WorkFound {
  readonly work: OpenWork;
  /** Packs that came since then may hold what an open task has written; milliseconds since the epoch, undefined where nobody works. */
  readonly since: number | undefined;
  /** How long the oldest of the open tasks has been leased, in milliseconds; 0 where nobody works. */
  readonly oldestMs: number;
  /** Packs that open tasks' checkpoints name. */
  readonly packNos: ReadonlySet<number>;
}

/** Finds out what the open tasks of a vault build on. */
@Injectable()
export class OpenWorkOf {
  constructor(
    private readonly terms: FreeingTermsSource,
    private readonly packs: CondemnedPacks,
    private readonly chunks: StoredChunks,
    private readonly clock: Clock,
  ) {}

  async run(held: HeldTask, keys: VaultKeys): Promise<WorkFound> {
    const tasks: OpenTask[] = [];
    const packNos = new Set<number>();
    for await (const page of this.terms.openTasks(held.grant)) {
      held.signal.throwIfAborted();
      for (const { checkpoint, ...task } of page) {
        tasks.push({ ...task, checkpoint: NOTHING });
        for (const packNo of await this.#named(held, keys, checkpoint)) packNos.add(packNo);
      }
    }
    const begun = tasks.flatMap(({ begunBeforeMs }) => begunBeforeMs ?? []);
    const since = begun.length > 0 ? this.clock.now() - Math.max(...begun) - CLOCKS_APART_MS : undefined;
    const work = {
      tasks: tasks.map(({ taskId }) => taskId),
      epochs: tasks.map(({ epoch }) => epoch),
      chains: tasks,
    };
    return { work, since, oldestMs: Math.max(0, ...begun), packNos };
  }

  async #named(held: HeldTask, keys: VaultKeys, checkpoint: Uint8Array): Promise<readonly number[]> {
    if (checkpoint.byteLength === 0) return [];
    const { tenantId, vaultId } = held.lease;
    const reader = new VaultReader({ keys, source: this.chunks.of(tenantId, vaultId) });
    const names: ReadonlySet<PackName> = await packsOfCheckpoint(new ReadOnlyStore(reader), checkpoint);
    return this.packs.numbersOf(tenantId, vaultId, [...names]);
  }
}

/** A checkpoint is not kept beside the thousands of other tasks. */
const NOTHING = new Uint8Array();
