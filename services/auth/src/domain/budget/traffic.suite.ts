import { UNUSED, type BucketRules, type BucketState, type Lane } from './bucket.js';
import { giveBack, lease, type LeaseAnswer } from './lease.js';

/** Somebody with endless work who keeps to what it leases. */
export interface Worker {
  readonly member: string;
  readonly lane: Lane;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Requests at once, where the bucket does not say. */
  readonly parallel: number;
  readonly cost: number;
  /** From sending to the answer, half to one and a half times this; the request is received somewhere between. */
  readonly latencyMs: number;
  /** Whether it ends without giving anything back. */
  readonly dies?: boolean;
}

interface Received extends Pick<Worker, 'member' | 'lane' | 'cost'> {
  readonly atMs: number;
}

interface Running {
  readonly worker: Worker;
  held: LeaseAnswer | undefined;
  units: number;
  spendUntil: number;
  spent: number;
  inside: number;
  isAsking: boolean;
  askAgainAt: number;
}

const START = 1_700_000_000_000;

/** A bucket and the workers that live of it, in simulated time: what a service would receive, and when. */
export class Traffic {
  readonly #received: Received[] = [];
  readonly #events: { readonly atMs: number; readonly run: () => void }[] = [];
  #state: BucketState = UNUSED;
  #now = 0;
  #seed: number;
  #parallel = 0;
  peakParallel = 0;

  constructor(
    private readonly rules: BucketRules,
    private readonly workers: readonly Worker[],
    seed: number,
  ) {
    this.#seed = seed >>> 0;
  }

  run(untilMs: number): this {
    for (const worker of this.workers) {
      const running = {
        worker,
        held: undefined,
        units: 0,
        spendUntil: 0,
        spent: 0,
        inside: 0,
        isAsking: false,
        askAgainAt: 0,
      };
      this.#at(worker.fromMs, () => this.#step(running));
    }
    for (;;) {
      const next = this.#events.shift();
      if (!next || next.atMs > untilMs) return this;
      this.#now = next.atMs;
      next.run();
    }
  }

  /** Units received in a span. */
  received(fromMs: number, toMs: number, isCounted: (one: Received) => boolean = () => true): number {
    return this.#received
      .filter((one) => one.atMs >= fromMs && one.atMs < toMs && isCounted(one))
      .reduce((sum, { cost }) => sum + cost, 0);
  }

  /** The most that any span of this length received. */
  peak(windowMs: number): number {
    const sorted = this.#received.toSorted((a, b) => a.atMs - b.atMs);
    let [from, sum, most] = [0, 0, 0];
    for (const { atMs, cost } of sorted) {
      sum += cost;
      for (let first = sorted[from]; first && first.atMs <= atMs - windowMs; first = sorted[from]) {
        sum -= first.cost;
        from += 1;
      }
      most = Math.max(most, sum);
    }
    return most;
  }

  #step(running: Running): void {
    const { worker } = running;
    if (this.#now >= worker.untilMs) {
      this.#leave(running);
      return;
    }
    const slots = this.rules.slots > 0 ? (running.held?.slots ?? 0) : worker.parallel;
    while (running.inside < slots && running.units >= worker.cost && this.#now < running.spendUntil)
      this.#send(running);
    if (running.units < worker.cost || this.#now >= running.spendUntil) this.#ask(running);
  }

  #send(running: Running): void {
    const { worker } = running;
    running.units -= worker.cost;
    running.spent += worker.cost;
    running.inside += 1;
    this.#parallel += 1;
    this.peakParallel = Math.max(this.peakParallel, this.#parallel);
    const tookMs = worker.latencyMs * (0.5 + this.#random());
    const { member, lane, cost } = worker;
    this.#received.push({ member, lane, cost, atMs: Math.floor(this.#now + tookMs * this.#random()) });
    this.#at(this.#now + tookMs, () => {
      running.inside -= 1;
      this.#parallel -= 1;
      this.#step(running);
    });
  }

  #ask(running: Running): void {
    if (running.isAsking || this.#now < running.askAgainAt) return;
    running.isAsking = true;
    const askedAt = this.#now;
    const { worker } = running;
    const told = {
      unused: this.#amounts(running.units),
      inFlight: this.#amounts(running.inside * worker.cost),
      inside: running.inside,
    };
    const wanted = Math.max(worker.cost, Math.min(100, 2 * running.spent, 500), 8);
    running.units = 0;
    running.spent = 0;
    this.#at(askedAt + 20 * this.#random(), () => {
      const ask = {
        leaseId: worker.member,
        told: this.rules.slots > 0 ? told : { ...told, inside: 0 },
        member: worker.member,
        lane: worker.lane,
        wanted: this.#amounts(wanted),
        least: this.#amounts(worker.cost),
        slots: this.rules.slots,
      };
      const { state, answer } = lease(this.#state, this.rules, ask, START + this.#now);
      this.#state = state;
      this.#at(this.#now + 20 * this.#random(), () => {
        running.isAsking = false;
        running.held = answer;
        running.units = answer.granted[0] ?? 0;
        running.spendUntil = this.#now + answer.validMs;
        running.askAgainAt = this.#now + answer.waitMs;
        this.#at(Math.max(running.askAgainAt, running.spendUntil), () => this.#step(running));
        this.#at(running.askAgainAt, () => this.#step(running));
      });
    });
  }

  #leave(running: Running): void {
    if (running.worker.dies || running.inside > 0 || running.isAsking) return;
    const told = { unused: this.#amounts(running.units), inFlight: this.#amounts(0), inside: 0 };
    running.units = 0;
    this.#state = giveBack(this.#state, this.rules, { leaseId: running.worker.member, told }, START + this.#now);
  }

  #amounts(amount: number): readonly number[] {
    return this.rules.meters.map(() => amount);
  }

  #at(moment: number, run: () => void): void {
    const atMs = Math.ceil(moment);
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.atMs ?? Infinity) <= atMs) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { atMs, run });
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }
}
