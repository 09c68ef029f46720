import { parseDestinationSettings, type Destination, type ObjectBody } from '@holdfast/destinations';
import { parseDestinationId, parseTenantId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import type { BandwidthShares } from './bandwidth-shares.port.js';
import { DestinationPacers } from './destination-pacers.js';

const MIB = 1024 * 1024;
const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const id = parseDestinationId('cccccccc-0000-4000-8000-000000000000');
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const { bandwidth } = parseDestinationSettings({
  kind: 'folder',
  path: '/backup',
  bandwidth: { timeZone: 'UTC', limits: [{ from: '00:00', to: '24:00', days, mibPerSecond: 6 }] },
});
const terms = { bytes: 0, sha256: '', ifAbsent: true };

/** Storages that share one database, and a place that counts what arrives in each second. */
function cluster() {
  const clock = new MovableClock();
  const until = new Map<string, number>();
  const state = { isDown: false };
  const shares: BandwidthShares = {
    take: async (_tenant: unknown, _destination: unknown, holder: string, forMs: number) => {
      if (state.isDown) throw new Error('no database');
      until.set(holder, clock.now() + forMs);
      return [...until.values()].filter((end) => end > clock.now()).length;
    },
  };
  const seconds = new Map<number, number>();
  const inner = {
    put: async (_name: string, body: ObjectBody) => {
      for await (const piece of body as AsyncIterable<Uint8Array>) {
        const second = Math.floor(clock.now() / 1_000);
        seconds.set(second, (seconds.get(second) ?? 0) + piece.byteLength);
      }
    },
  } as unknown as Destination;
  /** Sends without end. */
  const start = (holder: string) => {
    const destination = new DestinationPacers(shares, clock, holder).limit(tenant, id, {
      inner,
      bandwidth: bandwidth!,
    });
    const stop = { isAsked: false };
    async function* source() {
      while (!stop.isAsked) yield Buffer.alloc(MIB);
    }
    const sent = destination.put('packs/1', source(), terms);
    return async () => {
      stop.isAsked = true;
      await pass(8);
      await sent;
    };
  };
  const pass = async (many: number) => {
    for (let step = 0; step < many * 20; step += 1) await clock.advance(50);
  };
  const sum = () => [...seconds.values()].reduce((all, bytes) => all + bytes, 0);
  return { start, pass, seconds, sum, state };
}

describe('DestinationPacers', () => {
  it('gives one process that sends alone the whole limit at once', async () => {
    const { start, pass, sum } = cluster();
    const stop = start('one');
    await pass(10);
    expect(sum() / MIB).toBeGreaterThan(55);
    expect(sum() / MIB).toBeLessThan(63);
    await stop();
  });

  it('keeps the sum below the limit while processes come and go, and gives what is free to those that stay', async () => {
    const { start, pass, seconds, sum } = cluster();
    const stopOne = start('one');
    await pass(7);
    const stopTwo = start('two');
    await pass(3);
    const stopThree = start('three');
    await pass(30);
    await stopTwo();
    await stopThree();
    await pass(20);
    const before = sum();
    await pass(10);
    expect((sum() - before) / MIB).toBeGreaterThan(55);
    await stopOne();
    // A quarter of a second's worth may be saved up by each.
    for (const bytes of seconds.values()) expect(bytes / MIB).toBeLessThanOrEqual(6 * 1.25 + 0.5);
    expect(sum() / MIB).toBeLessThan(6 * seconds.size + 3);
  });

  it('sends nothing while the count cannot be heard, and goes on when it can', async () => {
    const { start, pass, sum, state } = cluster();
    const stop = start('one');
    await pass(10);
    state.isDown = true;
    await pass(10);
    const before = sum();
    await pass(10);
    expect(sum()).toBe(before);
    state.isDown = false;
    await pass(10);
    expect(sum()).toBeGreaterThan(before + 40 * MIB);
    await stop();
  });
});
