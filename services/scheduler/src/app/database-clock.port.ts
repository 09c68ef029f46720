/** The clock that leases and waits are counted by. */
export abstract class DatabaseClock {
  /**
   * Where the clock went back since it was looked at last, what was to end or begin by it does so as much earlier: else a task whose
   * holder is dead, or that is ready, would stay where it is until the old time has come again. Answers by how many milliseconds; 0
   * where it goes as clocks do. Safe to call anywhere, any time.
   */
  abstract follow(): Promise<number>;
}
