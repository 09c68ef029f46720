import { startSimulator } from '@holdfast/simulator';
import { describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Crowd } from './crowd.js';
import { runScenario, type Counted, type LimitKind } from './run-scenario.js';
import { FILES, MAILBOXES, type Scenario } from './scenario.js';

// Three installations at once, on a machine that may do much else.
jest.setTimeout(240_000);

const KINDS: readonly LimitKind[] = ['fixed-window', 'sliding-window', 'token-bucket'];

async function counted(scenario: Scenario, kind: LimitKind): Promise<Counted> {
  const simulator = await startSimulator({ seed: 5, tenants: 2, users: 4, messages: 0, files: 0, limits: kind });
  const { login, graph, tenants } = simulator;
  try {
    return await runScenario({
      scenario,
      kind,
      service: {
        login,
        graph,
        caPem: readFileSync(simulator.ca, 'utf8'),
        registrations: tenants,
        control: (method, target, body) => simulator.call(method, target, body),
      },
      crawlers: 2,
      windows: [0.4, 1],
      startCrowd: async (options) => {
        const crowd = new Crowd(options);
        return () => crowd.stop();
      },
    });
  } finally {
    await simulator.close();
  }
}

describe('two crawlers that share what two tenants may ask for', () => {
  // Small parts of the limits, so that they bind on a slow machine too.
  it.each([
    ['files', { ...FILES, share: 0.05 }],
    ['mailboxes', { ...MAILBOXES, timeScale: 40 }],
  ] as const)('are never refused and use the limits of %s, whatever kind of window they are', async (_, scenario) => {
    const all = await Promise.all(KINDS.map((kind) => counted(scenario, kind)));
    expect(all.map(({ throttled }) => throttled)).toEqual([0, 0, 0]);
    for (const { passed, allowed, byTenant } of all) {
      // How much is in use says the bench, on a machine that does nothing else.
      expect(passed / allowed).toBeGreaterThan(0.2);
      expect(Math.min(...byTenant) / Math.max(...byTenant)).toBeGreaterThan(0.4);
    }
  });
});
