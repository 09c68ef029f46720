import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Destination, type ObjectBody } from '../destination.port.js';
import { bandwidth } from './bandwidth-settings.js';
import { limitAt } from './limit-at.js';
import { PacedDestination } from './paced-destination.js';
import { Pacer } from './pacer.js';

const MIB = 1024 * 1024;
const terms = { bytes: 0, sha256: '', ifAbsent: true };
/** Monday, an hour before the limit ends. */
const START = Date.parse('2025-01-06T17:00:00Z');
const limits = [{ from: '08:00', to: '18:00', days: ['mon'], mibPerSecond: 2 }];

/** A place that takes and gives whatever it is asked to, below limits. */
function scene(more: object = {}, startAt = START) {
  const clock = new MovableClock(startAt);
  const settings = bandwidth.parse({ timeZone: 'UTC', limits, ...more })!;
  const arrived = { bytes: 0, asked: 0 };
  const inner = {
    put: async (_name: string, body: ObjectBody) => {
      for await (const piece of body as AsyncIterable<Uint8Array>) arrived.bytes += piece.byteLength;
    },
    get: async () => Readable.from([Buffer.alloc(4 * MIB)], { objectMode: false }),
    place: async () => 'a place',
    readPlace: async () => 'a place',
  } as unknown as Destination;
  const pacer = new Pacer(clock, () => limitAt(settings, clock.now()));
  const destination = new PacedDestination(inner, settings, pacer, clock);
  async function* source(mib: number) {
    for (let piece = 0; piece < mib; piece += 1) {
      arrived.asked += MIB;
      yield Buffer.alloc(MIB);
    }
  }
  return { clock, destination, arrived, source };
}

/** Moves the clock on in small steps, as time does. */
async function pass(clock: MovableClock, seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 20; step += 1) await clock.advance(50);
}

describe('a destination with a limit', () => {
  it('is written to as fast as the limit says, by all writers together, and asks its sources for no more', async () => {
    const { clock, destination, arrived, source } = scene();
    const puts = [1, 2, 3].map((n) => destination.put(`packs/${n}`, source(20), terms));
    await pass(clock, 10);
    expect(arrived.bytes).toBeGreaterThan(19 * MIB);
    expect(arrived.bytes).toBeLessThan(21 * MIB);
    expect(arrived.asked - arrived.bytes).toBeLessThanOrEqual(3 * MIB);
    await pass(clock, 22);
    await Promise.all(puts);
    expect(arrived.bytes).toBe(60 * MIB);
  });

  it('is written to on and on where the clock of the machine is set back', async () => {
    const { clock, destination, arrived, source } = scene();
    const put = destination.put('packs/1', source(20), terms);
    await pass(clock, 2);
    // A drift of half an hour is put right.
    clock.setBack(30 * 60_000);
    const before = arrived.bytes;
    await pass(clock, 5);
    expect(arrived.bytes - before).toBeGreaterThan(8 * MIB);
    await pass(clock, 30);
    await put;
  });

  it('goes on at full speed as soon as the limit ends', async () => {
    const { clock, destination, arrived, source } = scene({}, START + 59 * 60_000 + 50_000);
    const put = destination.put('packs/1', source(500), terms);
    await pass(clock, 9);
    expect(arrived.bytes).toBeLessThan(20 * MIB);
    await pass(clock, 2);
    await put;
    expect(arrived.bytes).toBe(500 * MIB);
  });

  it('is read at full speed unless reads are limited as well', async () => {
    const free = scene();
    expect((await buffer(await free.destination.get('packs/1'))).byteLength).toBe(4 * MIB);
    const limited = scene({ reads: true });
    let isRead = false;
    const read = buffer(await limited.destination.get('packs/1')).then(() => (isRead = true));
    await pass(limited.clock, 1);
    expect(isRead).toBe(false);
    await pass(limited.clock, 2);
    await read;
  });

  it('lets nobody else write there while a limit holds, or one will before the place ends', async () => {
    const minute = 60_000;
    expect(await scene().destination.place('packs/1', terms, minute)).toBeUndefined();
    expect(await scene().destination.readPlace('packs/1', minute)).toBe('a place');
    expect(await scene({ reads: true }).destination.readPlace('packs/1', minute)).toBeUndefined();
    expect(await scene({}, START + 60 * minute).destination.place('packs/1', terms, minute)).toBe('a place');
    const before = Date.parse('2025-01-06T07:59:30Z');
    expect(await scene({}, before).destination.place('packs/1', terms, minute)).toBeUndefined();
  });

  it('passes on the failure of what it is given, and lets the next one through', async () => {
    const { clock, destination, arrived, source } = scene();
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(MIB);
      throw new RangeError('source broke');
    }
    const broken = destination.put('packs/1', breaking(), terms).catch((error: unknown) => error);
    const whole = destination.put('packs/2', source(1), terms);
    await pass(clock, 3);
    expect(await broken).toBeInstanceOf(RangeError);
    await whole;
    expect(arrived.bytes).toBe(2 * MIB);
  });
});
