import { isAppError, type DestinationId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { daysUntilAllRead, type Expected, hasReadShare, shareOf } from '../domain/sample-share.js';
import { CheckTrailer } from './check-trailer.js';
import type { CheckScene } from './check-scene.js';
import { isDestinationFailure } from './destination-health.js';
import { FindAwayPacks } from './find-away-packs.js';
import { inParallel } from './in-parallel.js';
import { type ExpectedObject, Integrity } from './integrity.port.js';
import { TreatDamage } from './treat-damage.js';

/** Objects between two checkpoints. */
const PAGE = 64;
/** Objects that are read at the same time. Each streams, so memory does not grow with them. */
const STREAMS = 4;

export interface DailyShare {
  /** In so many runs, one a day, everything is read. */
  readonly days: number;
  /** Start of the job by the database's clock: what was read since then counts as done. Milliseconds since the epoch. */
  readonly since: number;
}

/** Reads every byte of objects at a destination, and holds packs against the index. */
@Injectable()
export class ReadThrough {
  constructor(
    private readonly integrity: Integrity,
    private readonly treat: TreatDamage,
    private readonly trailers: CheckTrailer,
    private readonly awayPacks: FindAwayPacks,
    private readonly logger: Logger,
  ) {}

  /** All that the destination has to hold, after a name; `reached` is told how far it has come. */
  async all(
    scene: CheckScene,
    at: DestinationId,
    after: string,
    reached: (name: string) => Promise<void>,
  ): Promise<void> {
    const { tenant, vault } = scene;
    const page = (from: string) => this.integrity.objects(tenant, vault, at, { after: from, size: PAGE });
    for (let some = await page(after); some.length > 0; some = await page(some.at(-1)?.name ?? '')) {
      await this.#read(scene, at, some);
      await reached(some.at(-1)?.name ?? '');
    }
  }

  /** Today's share of a round that reads everything in so many days: what was read longest ago. */
  async share(scene: CheckScene, at: DestinationId, { days, since }: DailyShare): Promise<void> {
    const { tenant, vault, counts } = scene;
    const all = await this.integrity.expected(tenant, vault, at);
    const left = await this.integrity.expected(tenant, vault, at, since);
    const share = shareOf(all, days);
    counts.sampleDays = days;
    counts.objectsInShare += share.objects;
    counts.bytesInShare += share.bytes;
    const read = { objects: all.objects - left.objects, bytes: all.bytes - left.bytes };
    while (!hasReadShare(read, share)) {
      const some = await this.integrity.readLongestAgo(tenant, vault, at, { before: since, size: PAGE });
      if (some.length === 0) break;
      const due = untilShare(some, read, share);
      await this.#read(scene, at, due);
      for (const { bytes } of due) {
        read.objects += 1;
        read.bytes += bytes;
      }
    }
    const roundMs = days * 24 * 60 * 60 * 1_000;
    const unread = await this.integrity.expected(tenant, vault, at, since - roundMs);
    counts.daysUntilAllRead = Math.max(counts.daysUntilAllRead, daysUntilAllRead(unread, share));
  }

  async #read(scene: CheckScene, at: DestinationId, objects: readonly ExpectedObject[]): Promise<void> {
    const { tenant, vault } = scene;
    const due = objects.filter(({ isHeld, isDamaged }) => isHeld || isDamaged);
    await inParallel(due, STREAMS, async (object) => {
      scene.signal.throwIfAborted();
      await this.#readOne(scene, at, object);
    });
    const names = due.map(({ name }) => name);
    await this.integrity.noteRead(tenant, vault, at, names);
  }

  async #readOne(scene: CheckScene, at: DestinationId, object: ExpectedObject): Promise<void> {
    const { counts } = scene;
    try {
      const found = await this.treat.inspect(scene, at, object);
      counts.objectsChecked += 1;
      if (!found) return;
      counts.bytesRead += found.bytes;
      await this.trailers.run(scene, at, { ...object, bytes: found.bytes });
    } catch (error) {
      await this.#refuseIfDown(scene, at, error);
      counts.objectsUnread += 1;
      this.logger.error('A destination answers, but does not give an object', {
        destinationId: at,
        object: object.name,
        error,
      });
    }
  }

  /** One object that cannot be read is no reason to leave all others unread. */
  async #refuseIfDown({ tenant, vault }: CheckScene, at: DestinationId, error: unknown): Promise<void> {
    if (!isAppError(error) || !isDestinationFailure(error)) throw error;
    if ((await this.awayPacks.standing(tenant, vault, at)) !== 'answers') throw error;
  }
}

/** As many of them as the share needs. */
function untilShare(objects: readonly ExpectedObject[], read: Expected, share: Expected): readonly ExpectedObject[] {
  let { objects: count, bytes } = read;
  const enough = objects.findIndex((object) => {
    count += 1;
    bytes += object.bytes;
    return hasReadShare({ objects: count, bytes }, share);
  });
  return enough === -1 ? objects : objects.slice(0, enough + 1);
}
