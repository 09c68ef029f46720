import { AppError, Clock, isAppError, type DestinationId, type VaultId } from '@holdfast/kernel';
import type { Destination } from '@holdfast/destinations';
import { Injectable } from '@nestjs/common';
import { DestinationDirectory } from './destination-directory.port.js';
import { isDestinationFailure } from './destination-health.js';
import { HolderBody, HolderUnread } from './holder-body.js';
import { MendObject } from './mend-object.js';
import { CopyPauses, ObjectPlaces, type DueCopy, type Resting, type StoredObject } from './object-places.port.js';
import { otherObject, replaceCut } from './replace-object.js';
import { Vaults } from './vaults.port.js';
import { hasPassed } from '../domain/has-passed.js';

/** Copies under way at the same time; each streams, so memory does not grow with them. */
const COPIES_TOGETHER = 16;
/** Of these, copies to one destination: a slow one, or three, leave room for the others. */
const COPIES_TO_ONE = 4;
/** Nobody else tries the same copy for this long; also how long one rests whose process died. */
const LEASE_MS = 5 * 60 * 1000;
const MOMENT_MS = 1_000;
const OVERLONG_A_ROUND = 1_000;

/** How long to rest when no copy is due, and how long a destination rests that failed one, or a vault's copies there where it was not to blame. */
export abstract class CatchUpInterval {
  abstract readonly ms: number;
}

/** Copies to a destination that rest: of one vault, or of all. */
interface Rest {
  readonly to: DestinationId;
  readonly vaultId?: VaultId;
  /** Milliseconds since the epoch. It lasts no longer than the interval from then, whatever becomes of the clock. */
  readonly since: number;
}

/** One copy that has ended. */
export interface EndedCopy {
  readonly copy: DueCopy;
  /** Why it failed, for the log; it is tried again later. */
  readonly error?: unknown;
  /** No holder could be read: the destination that lacks the object is not to blame. */
  readonly isUnread?: boolean;
}

/** Brings objects to the destinations of their vault that lack them, each destination at its own pace. */
@Injectable()
export class CopyDueObjects {
  readonly #underWay = new Map<string, { readonly copy: DueCopy; readonly ended: Promise<EndedCopy> }>();
  readonly #rests = new Map<string, Rest>();

  constructor(
    private readonly vaults: Vaults,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly interval: CatchUpInterval,
    private readonly pauses: CopyPauses,
    private readonly clock: Clock,
    private readonly mend: MendObject,
  ) {}

  /** Starts what is due and has room, and waits a moment for one that ends. The caller goes on until nothing is under way. */
  async run(): Promise<{ readonly isUnderWay: boolean; readonly ended?: EndedCopy }> {
    await this.#start();
    if (this.#underWay.size === 0) return { isUnderWay: false };
    const ended = await this.#nextEnd();
    if (!ended) return { isUnderWay: true };
    this.#underWay.delete(keyOf(ended.copy));
    if (ended.error !== undefined) this.#rest(ended);
    return { isUnderWay: true, ended };
  }

  /** Copies go on that would rest until the database's clock has come again where it was before it went back. Answers how many. */
  hurryOverlong(): Promise<number> {
    return this.places.hurryOverlong(Math.max(this.pauses.longestMs, LEASE_MS), OVERLONG_A_ROUND);
  }

  /** Resolves when nothing is under way any more. */
  async finish(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ ended }) => ended));
  }

  /** Undefined when none ends soon: meanwhile more may have come due elsewhere. */
  async #nextEnd(): Promise<EndedCopy | undefined> {
    const waiting = new AbortController();
    const moment = this.clock.sleep(MOMENT_MS, waiting.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([moment, ...[...this.#underWay.values()].map(({ ended }) => ended)]);
    } finally {
      waiting.abort();
    }
  }

  async #start(): Promise<void> {
    for (let room = COPIES_TOGETHER - this.#underWay.size; room > 0;) {
      const due = await this.places.takeDue(Math.min(room, COPIES_TO_ONE), LEASE_MS, this.#resting());
      const fresh = due.filter((copy) => !this.#underWay.has(keyOf(copy)));
      for (const copy of fresh) {
        this.#underWay.set(keyOf(copy), { copy, ended: this.#endOf(copy) });
      }
      if (fresh.length === 0) return;
      room -= fresh.length;
    }
  }

  async #endOf(copy: DueCopy): Promise<EndedCopy> {
    try {
      await this.#copy(copy);
      return { copy };
    } catch (failure) {
      const isUnread = failure instanceof HolderUnread;
      const error = isUnread ? failure.cause : failure;
      // Where that cannot be noted either, its lease is its pause.
      const awaitsReturn = !isUnread && isAppError(error, 'STORE_UNAVAILABLE');
      await this.places.noteFailure(copy, this.pauses, awaitsReturn).catch(() => undefined);
      return { copy, error, isUnread };
    }
  }

  /** A destination that rested has answered since. */
  goOn(to: DestinationId): void {
    this.#rests.delete(`${to} `);
  }

  /** A destination that fails rests as a whole. What fails for another reason concerns one vault: the others' copies go on. */
  #rest({ copy: { vaultId, to }, error, isUnread = false }: EndedCopy): void {
    const since = this.clock.now();
    const rest = isDestinationFailure(error) && !isUnread ? { to, since } : { to, vaultId, since };
    this.#rests.set(`${to} ${rest.vaultId ?? ''}`, rest);
  }

  /** What rests, and destinations that have their share of copies under way. */
  #resting(): Resting {
    const now = this.clock.now();
    for (const [key, { since }] of this.#rests) if (hasPassed(since, this.interval.ms, now)) this.#rests.delete(key);
    const rests = [...this.#rests.values()];
    const counts = new Map<DestinationId, number>();
    for (const { copy } of this.#underWay.values()) counts.set(copy.to, (counts.get(copy.to) ?? 0) + 1);
    const full = [...counts].filter(([, count]) => count >= COPIES_TO_ONE).map(([id]) => id);
    const failing = rests.filter(({ vaultId }) => vaultId === undefined).map(({ to }) => to);
    return {
      destinations: [...full, ...failing],
      vaults: rests.flatMap(({ to, vaultId }) => (vaultId === undefined ? [] : [{ vaultId, to }])),
    };
  }

  async #copy(copy: DueCopy): Promise<void> {
    if (!copy.isClaimed) await this.#claim(copy);
    if (copy.replaces) {
      await this.#replace(copy);
      return;
    }
    const [last, ...others] = copy.from.toReversed();
    for (const holder of others.toReversed()) {
      try {
        await this.#copyFrom(holder, copy);
        return;
      } catch {
        // The next holder may do better; the last one's failure is the one that is told.
      }
    }
    if (last !== undefined) await this.#copyFrom(last, copy);
  }

  /** It was away when the vault was made. */
  async #claim({ tenantId, vaultId, to }: DueCopy): Promise<void> {
    await (await this.directory.open(tenantId, vaultId, to)).claim();
    await this.vaults.noteClaimed(tenantId, vaultId, to);
  }

  /** Where that fails though the destination answers, it is for want of good bytes elsewhere. */
  async #replace({ tenantId: tenant, vaultId: vault, object, to, from }: DueCopy): Promise<void> {
    if (await this.mend.run({ tenant, vault, object, at: to, holders: from })) return;
    await (await this.directory.open(tenant, vault, to)).head(object.name);
    const words = 'A damaged object could not be mended from any destination that holds it.';
    throw new HolderUnread(new AppError('STORE_UNAVAILABLE', words, { context: { object: object.name } }));
  }

  async #read(holder: DestinationId, { tenantId, vaultId, object }: DueCopy): Promise<HolderBody> {
    try {
      return new HolderBody(await (await this.directory.open(tenantId, vaultId, holder)).get(object.name));
    } catch (cause) {
      throw new HolderUnread(cause);
    }
  }

  /** The terms hold the target to the hash, so a damaged source cannot spread. */
  async #copyFrom(holder: DestinationId, copy: DueCopy): Promise<void> {
    const { tenantId, vaultId, object, to } = copy;
    const target = await this.directory.open(tenantId, vaultId, to);
    const body = await this.#read(holder, copy);
    try {
      await target.put(object.name, body, { ...object, ifAbsent: true });
    } catch (error) {
      // Whatever the target makes of it.
      if (body.failure) throw body.failure;
      if (!isAppError(error, 'OBJECT_EXISTS')) throw error;
      await this.#demandSame(target, holder, copy);
    } finally {
      // A target that fails, or has the object, leaves it unread.
      body.destroy();
    }
    if (!(await this.places.addCopy(tenantId, vaultId, object, to))) await target.delete(object.name);
  }

  /** What is there already is as good, where it is the same: a copy that was not noted, or a place that was filled elsewhere. */
  async #demandSame(target: Destination, holder: DestinationId, { tenantId, vaultId, object }: DueCopy): Promise<void> {
    if (await isSame(target, object)) return;
    const source = await this.directory.open(tenantId, vaultId, holder);
    const open = () =>
      source.get(object.name).catch((cause: unknown) => {
        throw new HolderUnread(cause);
      });
    if (!(await replaceCut(target, object, open))) throw otherObject(object.name);
  }
}

const keyOf = ({ vaultId, object, to }: DueCopy) => `${vaultId} ${object.name} ${to}`;

/** Read to its end where the destination tells no hash: it may be what was damaged there before the vault was brought back from it. */
async function isSame(target: Destination, { name, bytes, sha256 }: StoredObject): Promise<boolean> {
  const found = await target.head(name);
  if (found?.bytes !== bytes) return false;
  return (found.sha256 ?? (await target.digest(name)).sha256) === sha256;
}
