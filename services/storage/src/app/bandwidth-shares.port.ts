import type { DestinationId, TenantId } from '@holdfast/kernel';

/** Which processes send to a destination that has a limit. */
export abstract class BandwidthShares {
  /**
   * Notes that `holder` may send for `forMs` from now on, and answers how many may, itself included. Of two that ask at once the later counts
   * the earlier one. All ask for as long: who may for longer than that is taken to have asked before the clock went back. Safe to repeat.
   */
  abstract take(tenant: TenantId, destination: DestinationId, holder: string, forMs: number): Promise<number>;
}
