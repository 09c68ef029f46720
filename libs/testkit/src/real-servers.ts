import { describe } from '@jest/globals';

/** Whether the environment insists that tests with real servers run: then a missing one is a failure, never a skip. */
export function areServersRequired(): boolean {
  return process.env['HOLDFAST_REQUIRE_SERVERS'] === '1';
}

/**
 * Declares tests that need a real server. `missing` says why it cannot be had here, or nothing when it can: then the tests are
 * skipped under that reason, or fail with it where servers are required.
 */
export function describeWithServer(name: string, missing: string | undefined, tests: () => void): void {
  if (missing === undefined) {
    describe(name, tests);
    return;
  }
  if (areServersRequired()) throw new Error(`${name}: ${missing}`);
  describe.skip(`${name} (skipped: ${missing})`, tests);
}
