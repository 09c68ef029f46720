import type {
  BudgetLeft,
  Bucket,
  LeaseBudgetRequest,
  LeaseBudgetResponse,
  ReturnBudgetRequest,
} from '@holdfast/contracts/auth/v1';
import type { BudgetBucket, BudgetDemand, RateLimit } from '@holdfast/graph';
import type { Clock } from '@holdfast/kernel';
import { Places } from './places.js';

/** What is asked for follows what was spent of the slice before, within these bounds: what is held too long counts as used. */
const UNITS: Readonly<Record<SliceScope['bucket'], { readonly least: number; readonly most: number }>> = {
  outlook: { least: 16, most: 500 },
  sharepoint: { least: 8, most: 100 },
  identity: { least: 8, most: 100 },
  // Of all tasks of a tenant together.
  app: { least: 16, most: 2_000 },
};
/** Bytes asked for beside those of the request, so that not every upload needs a slice of its own. */
const MORE_UPLOAD_BYTES = 4_000_000;
const OUTLOOK_SLOTS = 4;
/** Requests of a slice at once, where Microsoft documents no number: this bounds a task's sockets. Of an app's slice each has its task's place. */
const OTHER_SLOTS: Readonly<Record<Exclude<SliceScope['bucket'], 'outlook'>, number>> = {
  sharepoint: 16,
  identity: 16,
  app: Infinity,
};
const SHORTEST_WAIT_MS = 10;
/** A slice whose answer took longer is not spent: soon auth takes its holder for dead. */
const LATEST_ANSWER_MS = 10_000;

/** Where a slice is of, as the wire says it. */
export interface SliceScope {
  readonly bucket: BudgetBucket | 'app';
  readonly wire: Bucket;
  readonly mailbox: string;
}

/** Auth, asked under a grant that the asker has. */
export interface SliceAuth {
  leaseBudget(request: Omit<LeaseBudgetRequest, 'grant'>): Promise<LeaseBudgetResponse>;
  returnBudget(request: Omit<ReturnBudgetRequest, 'grant'>): Promise<unknown>;
}

export interface SliceParts {
  readonly auth: SliceAuth;
  readonly clock: Clock;
  /** Milliseconds for which this process is to leave the scope alone. */
  readonly fencedMs: () => number;
  /** Another number after each recall of what is held of the scope. */
  readonly recalls: () => number;
}

/**
 * What one holder has of one bucket. Requests enter in the order of asking. A slice may be spent for a short while only, so that what auth
 * counts is what Microsoft counts, and not once it was recalled; each ask tells what became of the slice before: what is unused, and what is under way and may still
 * arrive.
 */
export class BudgetSlice {
  readonly #places = new Places();
  #leaseId = '';
  #units = 0;
  #uploadBytes = 0;
  #slots = 0;
  #spendUntil = 0;
  #recalls = 0;
  #spent = 0;
  #asking: Promise<unknown> | undefined;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #seen: Omit<RateLimit, 'limit'> | undefined;
  #isAsleep = false;
  #isClosed = false;

  constructor(
    private readonly scope: SliceScope,
    private readonly parts: SliceParts,
  ) {}

  /** Resolves when the request may go. */
  enter(demand: BudgetDemand, signal?: AbortSignal): Promise<void> {
    this.#waiting += 1;
    const turn = this.#turn.then(() => this.#admit(demand, signal)).finally(() => (this.#waiting -= 1));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** A request that entered has ended. */
  leave(demand: BudgetDemand): void {
    this.#places.leave(demand.cost, this.#bytesOf(demand));
  }

  /** Takes note of what Microsoft counts; auth hears of it with the next ask. */
  note({ remaining, resetMs }: RateLimit): void {
    this.#seen = { remaining, resetMs };
  }

  /** Gives back what is left, for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#asking;
    await this.#giveBack();
  }

  async #admit(demand: BudgetDemand, signal?: AbortSignal): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const fencedMs = this.parts.fencedMs();
      if (fencedMs > 0) {
        await this.#sleep(fencedMs, signal);
      } else if (!this.#holds(demand)) {
        const waitMs = await this.#ask(demand);
        if (waitMs > 0) await this.#sleep(Math.max(waitMs, SHORTEST_WAIT_MS), signal);
      } else if (this.#places.requests < this.#slots) {
        this.#enterNow(demand);
        return;
      } else {
        await this.#places.someoneLeaves();
      }
    }
  }

  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.#isAsleep = true;
    try {
      await this.parts.clock.sleep(ms, signal);
    } finally {
      this.#isAsleep = false;
    }
  }

  #holds(demand: BudgetDemand): boolean {
    const isValid = this.parts.clock.now() < this.#spendUntil && this.parts.recalls() === this.#recalls;
    return isValid && this.#units >= demand.cost && this.#uploadBytes >= this.#bytesOf(demand);
  }

  #enterNow(demand: BudgetDemand): void {
    const bytes = this.#bytesOf(demand);
    this.#units -= demand.cost;
    this.#uploadBytes -= bytes;
    this.#spent += demand.cost;
    this.#places.enter(demand.cost, bytes);
  }

  /** Answers how long to wait when there was nothing. */
  async #ask(demand: BudgetDemand | undefined): Promise<number> {
    while (this.#asking) await this.#asking.catch(() => undefined);
    if (demand && this.#holds(demand)) return 0;
    const asking = this.#lease(demand);
    this.#asking = asking;
    try {
      return await asking;
    } finally {
      this.#asking = undefined;
    }
  }

  async #lease(demand: BudgetDemand | undefined): Promise<number> {
    const { auth, clock } = this.parts;
    const askedAt = clock.now();
    // Of before the answer: a recall that comes while auth is asked may be of what it grants.
    this.#recalls = this.parts.recalls();
    const bytes = demand ? this.#bytesOf(demand) : 0;
    const { least, most } = UNITS[this.scope.bucket];
    const wanted = Math.min(most, Math.max(least, 2 * this.#spent, demand?.cost ?? 0));
    const seen = this.#seen;
    this.#seen = undefined;
    const answer = await auth.leaseBudget({
      bucket: this.scope.wire,
      mailbox: this.scope.mailbox,
      units: demand ? Math.max(wanted, demand.cost) : 0,
      leastUnits: demand?.cost ?? 0,
      uploadBytes: bytes === 0 ? 0 : bytes + MORE_UPLOAD_BYTES,
      leastUploadBytes: bytes,
      slots: this.scope.bucket === 'outlook' ? OUTLOOK_SLOTS : 0,
      leaseId: this.#leaseId,
      left: this.#putDown(),
      seen,
    });
    this.#takeUp(answer, askedAt);
    return answer.waitMs;
  }

  /** What auth is told of the slice; from then on nothing is sent of it. */
  #putDown(): BudgetLeft {
    const left = {
      unusedUnits: this.#units,
      unusedUploadBytes: this.#uploadBytes,
      inFlightUnits: this.#places.units,
      inFlightUploadBytes: this.#places.uploadBytes,
      inFlightRequests: this.#places.requests,
    };
    this.#units = 0;
    this.#uploadBytes = 0;
    this.#spent = 0;
    return left;
  }

  #takeUp({ leaseId, units, uploadBytes, slots, validMs }: LeaseBudgetResponse, askedAt: number): void {
    this.#leaseId = leaseId;
    this.#units = units;
    this.#uploadBytes = uploadBytes;
    this.#slots = this.scope.bucket === 'outlook' ? slots : OTHER_SLOTS[this.scope.bucket];
    const now = this.parts.clock.now();
    this.#spendUntil = now - askedAt > LATEST_ANSWER_MS ? now : now + validMs;
    void this.#tend(leaseId, this.#spendUntil);
  }

  /** When the slice ends: whoever waits for a place asks for the next, else places are kept for what is under way, or all is given back. */
  async #tend(leaseId: string, spendUntil: number): Promise<void> {
    await this.parts.clock.sleep(Math.max(0, spendUntil - this.parts.clock.now()));
    if (this.#isClosed || this.#asking || this.#leaseId !== leaseId || this.#spendUntil !== spendUntil) return;
    try {
      if (this.#waiting > 0 && !this.#isAsleep) this.#places.tellWaiting();
      else if (this.#places.requests > 0) await this.#ask(undefined);
      else if (this.#waiting === 0) await this.#giveBack();
    } catch {
      // Auth cannot be asked: the slice ends by itself.
    }
  }

  async #giveBack(): Promise<void> {
    const leaseId = this.#leaseId;
    if (leaseId === '') return;
    this.#leaseId = '';
    const { wire, mailbox } = this.scope;
    const left = this.#putDown();
    await this.parts.auth.returnBudget({ bucket: wire, mailbox, leaseId, left });
  }

  /** Only mailboxes have a documented limit of uploaded bytes. */
  #bytesOf(demand: BudgetDemand): number {
    return this.scope.bucket === 'outlook' ? (demand.uploadBytes ?? 0) : 0;
  }
}
