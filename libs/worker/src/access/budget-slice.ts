import { Bucket, type BudgetServiceController } from '@holdfast/contracts/auth/v1';
import type { BudgetDemand } from '@holdfast/graph';
import type { Clock } from '@holdfast/kernel';
import type { GrpcClient } from '@holdfast/platform';
import type { LiveGrant } from '../task/held-task.js';

/** Units asked for at once: few enough that nobody starves, many enough that asking costs nothing. */
const SLICE_UNITS: Record<Bucket, number> = {
  [Bucket.BUCKET_OUTLOOK]: 500,
  [Bucket.BUCKET_SHAREPOINT]: 100,
  [Bucket.BUCKET_IDENTITY]: 100,
  [Bucket.BUCKET_UNSPECIFIED]: 0,
  [Bucket.UNRECOGNIZED]: 0,
};
/** Bytes asked for with the first upload of a slice, so that not every upload needs a slice of its own. */
const SLICE_UPLOAD_BYTES = 8_000_000;
/** A slice is given back before it ends by itself, so that no request is under way without one. */
const LEAVE_BEFORE_MS = 15_000;
const OUTLOOK_SLOTS = 4;
/** SharePoint documents no number of concurrent requests; this bounds sockets. */
const OTHER_SLOTS = 16;

interface Held {
  readonly leaseId: string;
  readonly expiresAtMs: number;
  readonly slots: number;
  units: number;
  uploadBytes: number;
}

/** What one task holds of one bucket and scope. Requests enter in the order of asking. */
export class BudgetSlice {
  #held: Held | undefined;
  #inside = 0;
  #fencedUntil = 0;
  #turn: Promise<void> = Promise.resolve();
  #onLeave: (() => void) | undefined;

  constructor(
    private readonly auth: GrpcClient<BudgetServiceController>,
    private readonly live: LiveGrant,
    private readonly scope: { readonly bucket: Bucket; readonly mailbox: string },
    private readonly clock: Clock,
  ) {}

  /** Resolves when the request may go. */
  enter(demand: BudgetDemand, signal?: AbortSignal): Promise<void> {
    const turn = this.#turn.then(() => this.#admit(demand, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** A request that entered has ended. */
  leave(): void {
    this.#inside -= 1;
    this.#onLeave?.();
  }

  /** Holds all back for a while. */
  fence(ms: number): void {
    this.#fencedUntil = Math.max(this.#fencedUntil, this.clock.now() + ms);
  }

  /** Gives back what is left. */
  async giveBack(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (!held) return;
    await this.auth.returnBudget({
      grant: this.live.grant,
      leaseId: held.leaseId,
      unusedUnits: held.units,
      unusedUploadBytes: held.uploadBytes,
      isFinished: true,
    });
  }

  async #admit(demand: BudgetDemand, signal?: AbortSignal): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const fencedMs = this.#fencedUntil - this.clock.now();
      if (fencedMs > 0) await this.clock.sleep(fencedMs, signal);
      const held = this.#held;
      if (held && this.#fits(held, demand)) {
        if (this.#inside < held.slots) {
          held.units -= demand.cost;
          held.uploadBytes -= this.#uploadBytes(demand);
          this.#inside += 1;
          return;
        }
        await this.#someoneLeaves();
        continue;
      }
      await this.#replace(demand, signal);
    }
  }

  #fits(held: Held, demand: BudgetDemand): boolean {
    const isAlive = held.expiresAtMs - LEAVE_BEFORE_MS > this.clock.now();
    return isAlive && held.units >= demand.cost && held.uploadBytes >= this.#uploadBytes(demand);
  }

  /** Another slice, when nobody is inside: the old one's concurrency slots go back with it. */
  async #replace(demand: BudgetDemand, signal?: AbortSignal): Promise<void> {
    while (this.#inside > 0) await this.#someoneLeaves();
    await this.giveBack();
    const isOutlook = this.scope.bucket === Bucket.BUCKET_OUTLOOK;
    const uploadBytes = this.#uploadBytes(demand);
    const lease = await this.auth.leaseBudget({
      grant: this.live.grant,
      ...this.scope,
      units: Math.max(SLICE_UNITS[this.scope.bucket], demand.cost),
      slots: isOutlook ? OUTLOOK_SLOTS : 0,
      uploadBytes: uploadBytes === 0 ? 0 : Math.max(SLICE_UPLOAD_BYTES, uploadBytes),
    });
    if (lease.leaseId === '') {
      await this.clock.sleep(Math.max(lease.waitMs, 10), signal);
      return;
    }
    this.#held = {
      leaseId: lease.leaseId,
      expiresAtMs: lease.expiresAtMs,
      slots: isOutlook ? lease.slots : OTHER_SLOTS,
      units: lease.units,
      uploadBytes: lease.uploadBytes,
    };
    if (!this.#fits(this.#held, demand)) await this.clock.sleep(1_000, signal);
  }

  /** Only mailboxes have a documented limit of uploaded bytes. */
  #uploadBytes(demand: BudgetDemand): number {
    return this.scope.bucket === Bucket.BUCKET_OUTLOOK ? (demand.uploadBytes ?? 0) : 0;
  }

  #someoneLeaves(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLeave = () => {
        this.#onLeave = undefined;
        resolve();
      };
    });
  }
}
