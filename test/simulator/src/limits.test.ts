import { describe, expect, it, jest } from '@jest/globals';
import { type ALGORITHMS } from './core/throttle/meter.js';
import { startSimulator } from './index.js';
import { GraphCaller } from './testing/graph-caller.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

/** Ten resource units a minute. */
const SMALL = { isOn: true, licences: 10, limitFactor: 0.008 };

/** How many of the calls pass that a drive gets at these seconds of a clock that stands still between them. */
async function passing(
  limits: (typeof ALGORITHMS)[number],
  calls: readonly (readonly [second: number, calls: number])[],
) {
  const simulator = await startSimulator({ seed: 3, users: 1, messages: 0, files: 0, limits });
  const graph = new GraphCaller(simulator, simulator.tenants[0]!);
  try {
    const { value } = (await graph.call('/users?$select=id')).body as { value: { id: string }[] };
    const kept = (await simulator.call('GET', '/throttle')) as object;
    await simulator.call('PUT', '/throttle', { ...kept, ...SMALL });
    await simulator.call('POST', '/clock', { scale: 0 });
    await simulator.call('POST', '/throttle/clear');
    let now = 0;
    const passed: number[] = [];
    for (const [second, count] of calls) {
      await simulator.call('POST', '/clock', { advanceMs: (second - now) * 1000 });
      now = second;
      let through = 0;
      for (let call = 0; call < count; call += 1)
        if ((await graph.call(`/users/${value[0]?.id}/drive`)).status === 200) through += 1;
      passed.push(through);
    }
    return passed;
  } finally {
    await graph.close();
    await simulator.close();
  }
}

describe('--limits', () => {
  it.each([
    ['fixed-window', [1, 9, 10]],
    ['sliding-window', [1, 9, 1]],
    ['token-bucket', [1, 9, 2]],
  ] as const)('%s: what passes on both sides of a border', async (limits, expected) => {
    expect(
      await passing(limits, [
        [0, 1],
        [55, 9],
        [61, 10],
      ]),
    ).toEqual(expected);
  });

  it.each([
    ['fixed-window', [10, 0]],
    ['sliding-window', [10, 0]],
    ['token-bucket', [10, 5]],
  ] as const)('%s: what passes half a window after a rush', async (limits, expected) => {
    expect(
      await passing(limits, [
        [0, 10],
        [30, 10],
      ]),
    ).toEqual(expected);
  });

  it('off refuses nothing', async () => {
    const simulator = await startSimulator({ users: 1, messages: 0, files: 0, limits: 'off' });
    expect(await simulator.call('GET', '/throttle')).toMatchObject({ isOn: false });
    await simulator.close();
  });
});
