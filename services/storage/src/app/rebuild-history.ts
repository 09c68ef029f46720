import type { ObjectInfo } from '@holdfast/destinations';
import type { BackupSetId } from '@holdfast/kernel';
import { JOBS_PREFIX, openJobNote, openSetNote, SETS_PREFIX, type SetNote } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { HistoryKeeper, type FoundJob } from './history-keeper.port.js';
import { DamagedCopies } from './damaged-copies.js';
import { type NewObject, NewObjects } from './new-objects.js';
import { ObjectPlaces } from './object-places.port.js';
import { isDamage, type RebuildScene } from './rebuild-scene.js';

/** Parts of jobs' histories that are given back at once, each some hundred kilobytes at most. */
const JOBS_AT_ONCE = 4;

/** The newest note of a set, and the destination that it was taken from. */
export interface FoundSetNote {
  readonly note: SetNote;
  readonly from: RebuildScene;
}

/** Brings backup sets and jobs back from the notes that the vault keeps of them. */
@Injectable()
export class RebuildHistory {
  constructor(
    private readonly newObjects: NewObjects,
    private readonly places: ObjectPlaces,
    private readonly keeper: HistoryKeeper,
    private readonly damaged: DamagedCopies,
  ) {}

  async jobs(scene: RebuildScene): Promise<void> {
    for await (const page of this.newObjects.below(scene, JOBS_PREFIX))
      for (let at = 0; at < page.length; at += JOBS_AT_ONCE)
        await this.#takeJobs(scene, page.slice(at, at + JOBS_AT_ONCE));
  }

  /** What became of each set, by the newest of its notes at any of the destinations. */
  async sets(scenes: readonly RebuildScene[]): Promise<ReadonlyMap<BackupSetId, FoundSetNote>> {
    const newest = new Map<BackupSetId, FoundSetNote>();
    for (const from of scenes)
      for await (const note of this.#setNotes(from)) {
        const known = newest.get(note.set);
        if (!known || isLater(note, known.note)) newest.set(note.set, { note, from });
      }
    return newest;
  }

  /** Those that were not deleted. */
  async giveBackSets(found: Iterable<FoundSetNote>): Promise<void> {
    for (const { note, from } of found) {
      const { set, version, definition } = note;
      if (!definition) continue;
      const { held, taken } = from;
      const sets = await this.keeper.takeBackSets(held.grant, [{ backupSetId: set, version, definition }]);
      if (sets === 0) continue;
      taken.setsTaken += sets;
      // An attempt that takes up here finds them given back already.
      await from.save();
    }
  }

  async #takeJobs(scene: RebuildScene, objects: readonly NewObject[]): Promise<void> {
    const { tenant, vault, id, destination, keys, held, taken } = scene;
    const found: {
      readonly object: NewObject;
      readonly sha256: string;
      readonly part: number;
      readonly job: FoundJob;
    }[] = [];
    for (const object of objects) {
      const content = await buffer(await destination.get(object.name));
      const note = await this.#opened(scene, object, () =>
        openJobNote(object.name, content, { cipher: keys.cipher, key: keys.key }),
      );
      if (!note) continue;
      const job = { jobId: note.job, history: note.report };
      found.push({ object, sha256: sha256(content), part: note.part, job });
    }
    if (found.length === 0) return;
    await this.keeper.takeBackJobs(
      held.grant,
      found.map(({ job }) => job),
    );
    // Not how many scheduler did not have: an attempt that broke off may have given them back, and not come to count them.
    taken.jobsTaken += found.filter(({ object, part }) => part === 0 && !object.isElsewhere).length;
    // Last, so that a rebuild that is taken up again gives back what it had not.
    for (const { object, sha256 } of found) await this.places.add(tenant, vault, { ...object, sha256 }, id);
  }

  /** All notes of sets at a destination; there are as many as the sets have versions. */
  async *#setNotes(scene: RebuildScene): AsyncGenerator<SetNote> {
    const { tenant, vault, id, destination, keys, held } = scene;
    for await (const object of destination.list(SETS_PREFIX)) {
      held.signal.throwIfAborted();
      const content = await buffer(await destination.get(object.name));
      const note = await this.#opened(scene, object, () =>
        openSetNote(object.name, content, { cipher: keys.cipher, key: keys.key }),
      );
      if (!note) continue;
      await this.places.add(tenant, vault, { ...object, sha256: sha256(content) }, id);
      yield note;
    }
  }

  /** Undefined for a note that is damaged or another tenant's. */
  async #opened<Note extends { readonly tenant: string; readonly vault: string }>(
    scene: RebuildScene,
    object: ObjectInfo,
    open: () => Note,
  ): Promise<Note | undefined> {
    try {
      const note = open();
      if (note.tenant === scene.tenant && note.vault === scene.vault) return note;
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    await this.damaged.note(scene, object, 'notesDamaged');
    return undefined;
  }
}

function isLater(one: SetNote, other: SetNote): boolean {
  return one.generation === other.generation ? one.version > other.version : one.generation > other.generation;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
