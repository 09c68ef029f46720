import { limitAt, PacedDestination, Pacer, type Bandwidth, type Destination } from '@holdfast/destinations';
import type { Clock, DestinationId, TenantId } from '@holdfast/kernel';
import type { BandwidthShares } from './bandwidth-shares.port.js';

/** How often a process that sends asks how many do. */
const ASK_EVERY_MS = 5_000;
/** An answer that is older counts for nothing: whoever begins waits for so long, and then all others have counted him. */
const BELIEVED_MS = 6_000;
/** How long a process is counted after it has asked: longer than it believes the answer. */
const COUNTED_MS = 15_000;

/** What one process knows of one destination. */
interface Paced {
  bandwidth: Bandwidth;
  readonly pacer: Pacer;
  /** Of the last answer: when it was asked for, and how many send. */
  askedAt: number;
  holders: number;
  /** Others have not counted this process before then. */
  mayFrom: number;
  isAsking: boolean;
}

/**
 * Keeps the processes of a cluster together below a destination's limit: each sends an equal share of it while it sends at all. The sum never
 * exceeds the limit, because who begins waits until the others know, and who hears nothing of the count stops.
 */
export class DestinationPacers {
  readonly #paced = new Map<string, Paced>();

  constructor(
    private readonly shares: BandwidthShares,
    private readonly clock: Clock,
    /** Of this process, like no other's. */
    private readonly holder: string,
  ) {}

  /** The destination below its limits, which all that this process opens of it keep together. */
  limit(
    tenant: TenantId,
    destination: DestinationId,
    { inner, bandwidth }: { inner: Destination; bandwidth: Bandwidth },
  ) {
    const key = `${tenant} ${destination}`;
    const paced = this.#paced.get(key) ?? this.#begin(tenant, destination, bandwidth);
    paced.bandwidth = bandwidth;
    this.#paced.set(key, paced);
    return new PacedDestination(inner, bandwidth, paced.pacer, this.clock);
  }

  #begin(tenant: TenantId, destination: DestinationId, bandwidth: Bandwidth): Paced {
    const pacer = new Pacer(this.clock, () => this.#allowance(tenant, destination, paced));
    const paced: Paced = { bandwidth, pacer, askedAt: -Infinity, holders: 0, mayFrom: 0, isAsking: false };
    return paced;
  }

  #allowance(tenant: TenantId, destination: DestinationId, paced: Paced): number | undefined {
    const now = this.clock.now();
    const limit = limitAt(paced.bandwidth, now);
    if (limit === undefined) return undefined;
    if (now - paced.askedAt >= ASK_EVERY_MS) void this.#ask(tenant, destination, paced);
    return now - paced.askedAt < BELIEVED_MS && now >= paced.mayFrom ? limit / paced.holders : 0;
  }

  async #ask(tenant: TenantId, destination: DestinationId, paced: Paced): Promise<void> {
    if (paced.isAsking) return;
    paced.isAsking = true;
    const now = this.clock.now();
    try {
      const holders = await this.shares.take(tenant, destination, this.holder, COUNTED_MS);
      // Whoever was believed until now is counted by all that send.
      if (now - paced.askedAt >= BELIEVED_MS) paced.mayFrom = holders > 1 ? now + BELIEVED_MS : now;
      Object.assign(paced, { askedAt: now, holders });
    } catch {
      // Without an answer nothing is sent; the next look asks again.
    } finally {
      paced.isAsking = false;
    }
  }
}
