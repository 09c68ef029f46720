/** One row of the demo's table. */
export interface Step {
  readonly name: string;
  readonly items: number;
  /** Content read from or written to Microsoft. */
  readonly bytes: number;
  /** New bytes at the destination. */
  readonly storedBytes?: number;
  /** Requests that the simulator answered meanwhile, signing in included. */
  readonly requests: number;
  readonly seconds: number;
  readonly differences?: number;
}
