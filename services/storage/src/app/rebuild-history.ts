import type { ObjectInfo } from '@holdfast/destinations';
import type { BackupSetId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { JOBS_PREFIX, openJobNote, openSetNote, SETS_PREFIX, type SetNote } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { HistoryKeeper, type FoundJob } from './history-keeper.port.js';
import { NewObjects } from './new-objects.js';
import { ObjectPlaces } from './object-places.port.js';
import { isDamage, type RebuildScene } from './rebuild-scene.js';

/** Parts of jobs' histories that are given back at once, each some hundred kilobytes at most. */
const JOBS_AT_ONCE = 4;

/** Brings backup sets and jobs back from the notes that the vault keeps of them. */
@Injectable()
export class RebuildHistory {
  constructor(
    private readonly newObjects: NewObjects,
    private readonly places: ObjectPlaces,
    private readonly keeper: HistoryKeeper,
    private readonly logger: Logger,
  ) {}

  async jobs(scene: RebuildScene): Promise<void> {
    for await (const page of this.newObjects.below(scene, JOBS_PREFIX))
      for (let at = 0; at < page.length; at += JOBS_AT_ONCE)
        await this.#takeJobs(scene, page.slice(at, at + JOBS_AT_ONCE));
  }

  /** The sets that come back or were deleted, by the newest of their notes at any of the destinations. */
  async sets(scenes: readonly RebuildScene[]): Promise<ReadonlySet<BackupSetId>> {
    const newest = new Map<BackupSetId, SetNote>();
    for (const scene of scenes)
      for await (const note of this.#setNotes(scene)) {
        const known = newest.get(note.set);
        if (!known || isLater(note, known)) newest.set(note.set, note);
      }
    const [scene] = scenes;
    for (const { set, version, definition } of scene ? newest.values() : [])
      if (definition && scene)
        scene.counts.sets += await this.keeper.takeBackSets(scene.held.grant, [
          { backupSetId: set, version, definition },
        ]);
    return new Set(newest.keys());
  }

  async #takeJobs(scene: RebuildScene, objects: readonly ObjectInfo[]): Promise<void> {
    const { tenant, vault, id, destination, keys, held, counts } = scene;
    const found: { readonly object: ObjectInfo; readonly sha256: string; readonly job: FoundJob }[] = [];
    for (const object of objects) {
      const content = await buffer(await destination.get(object.name));
      const note = this.#opened(scene, object.name, () =>
        openJobNote(object.name, content, { cipher: keys.cipher, key: keys.key }),
      );
      if (note) found.push({ object, sha256: sha256(content), job: { jobId: note.job, history: note.report } });
    }
    if (found.length === 0) return;
    counts.jobs += await this.keeper.takeBackJobs(
      held.grant,
      found.map(({ job }) => job),
    );
    // Last, so that a rebuild that is taken up again gives back what it had not.
    for (const { object, sha256 } of found) await this.places.add(tenant, vault, { ...object, sha256 }, id);
  }

  /** All notes of sets at a destination; there are as many as the sets have versions. */
  async *#setNotes(scene: RebuildScene): AsyncGenerator<SetNote> {
    const { tenant, vault, id, destination, keys, held } = scene;
    for await (const object of destination.list(SETS_PREFIX)) {
      held.signal.throwIfAborted();
      const content = await buffer(await destination.get(object.name));
      const note = this.#opened(scene, object.name, () =>
        openSetNote(object.name, content, { cipher: keys.cipher, key: keys.key }),
      );
      if (!note) continue;
      await this.places.add(tenant, vault, { ...object, sha256: sha256(content) }, id);
      yield note;
    }
  }

  /** Undefined for a note that is damaged or another tenant's. */
  #opened<Note extends { readonly tenant: string; readonly vault: string }>(
    { tenant, vault, id, counts }: RebuildScene,
    name: string,
    open: () => Note,
  ): Note | undefined {
    try {
      const note = open();
      if (note.tenant === tenant && note.vault === vault) return note;
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    counts.notesDamaged += 1;
    this.logger.warn('A note of a set or a job is left out: it is damaged', { destinationId: id, object: name });
    return undefined;
  }
}

function isLater(one: SetNote, other: SetNote): boolean {
  return one.generation === other.generation ? one.version > other.version : one.generation > other.generation;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
