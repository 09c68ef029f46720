import { AppError, parseDestinationId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import type { Logger } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import type { CopyDueObjects } from './copy-due-objects.js';
import type { FindAwayPacks } from './find-away-packs.js';
import { HurryReturned } from './hurry-returned.js';
import type { ObjectPlaces } from './object-places.port.js';

const tenantId = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const destinationId = parseDestinationId('11111111-0000-4000-8000-000000000000');
const INTERVAL_MS = 30_000;
const LONGEST_MS = 600_000;

/** One destination that copies rest for, and the instants at which it was asked and its copies were made due. */
function scene(standing: () => Promise<'answers' | 'fails'>, areDue = () => true) {
  const clock = new MovableClock(0);
  const [asked, hurried, wentOn]: [number[], number[], string[]] = [[], [], []];
  const places = {
    awaited: async () => [{ tenantId, vaultId, destinationId }],
    hurry: async () => (areDue() ? hurried.push(clock.now()) : 0),
  } as unknown as ObjectPlaces;
  const findAway = {
    standing: () => {
      asked.push(clock.now());
      return standing();
    },
  } as unknown as FindAwayPacks;
  const copies = { goOn: (to: string) => wentOn.push(to) } as unknown as CopyDueObjects;
  const logger = { warn: () => undefined } as unknown as Logger;
  const pauses = { firstMs: 15_000, longestMs: LONGEST_MS };
  const verb = new HurryReturned(places, copies, findAway, { ms: INTERVAL_MS }, pauses, clock, logger);
  const look = async () => {
    verb.run();
    await verb.finish();
  };
  return { verb, clock, asked, hurried, wentOn, look };
}

describe('HurryReturned', () => {
  it('makes copies due with the first look at which the destination answers, and asks no more often than a look is due', async () => {
    let answers: 'answers' | 'fails' = 'fails';
    const { clock, asked, hurried, wentOn, look } = scene(async () => answers);
    for (let seconds = 0; seconds < 90; seconds += 1) {
      await look();
      await clock.advance(1_000);
    }
    expect([asked, hurried, wentOn]).toEqual([[0, 30_000, 60_000], [], []]);
    answers = 'answers';
    await look();
    expect([hurried, wentOn]).toEqual([[90_000], [destinationId]]);
  });

  it('hurries a destination less and less often that answers and then fails each time', async () => {
    const { verb, clock, hurried, look } = scene(async () => 'answers');
    for (let seconds = 0; seconds < 3_600; seconds += 1) {
      const before = hurried.length;
      await look();
      // Several copies fail at once.
      if (hurried.length > before) for (let copies = 0; copies < 4; copies += 1) verb.noteFailure(destinationId);
      await clock.advance(1_000);
    }
    const gaps = hurried.slice(1).map((at, index) => at - hurried[index]!);
    expect(gaps.slice(0, 6)).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000]);
    expect(Math.max(...gaps)).toBe(LONGEST_MS);
  });

  it('looks again, and hurries what has failed, no later for a clock that was set back', async () => {
    const { verb, clock, asked, hurried, look } = scene(async () => 'answers');
    await look();
    verb.noteFailure(destinationId);
    clock.setBack(3_600_000);
    await look();
    expect([asked, hurried]).toEqual([
      [0, -3_600_000],
      [0, -3_600_000],
    ]);
  });

  it('begins anew with a destination that has gone well for long', async () => {
    let areDue = true;
    const { verb, clock, hurried, look } = scene(
      async () => 'answers',
      () => areDue,
    );
    const seconds = async (count: number, failing: boolean) => {
      for (let second = 0; second < count; second += 1) {
        const before = hurried.length;
        await look();
        if (failing && hurried.length > before) verb.noteFailure(destinationId);
        await clock.advance(1_000);
      }
    };
    await seconds(300, true);
    // The last try went well.
    await seconds(300, false);
    areDue = false;
    await seconds((2 * LONGEST_MS) / 1_000, false);
    areDue = true;
    const before = hurried.length;
    await seconds(120, true);
    const again = hurried.slice(before);
    expect(again[1]! - again[0]!).toBe(INTERVAL_MS);
  });

  it('leaves the pauses as they are where the destination refuses, and is not held up by one that is silent', async () => {
    const refusing = scene(() => Promise.reject(new AppError('STORE_REJECTED', 'Something else lies there.')));
    await refusing.look();
    expect(refusing.hurried).toEqual([]);
    const silent = scene(() => new Promise(() => undefined));
    silent.verb.run();
    await silent.clock.advance(INTERVAL_MS);
    silent.verb.run();
    expect(silent.asked).toEqual([0]);
  });
});
