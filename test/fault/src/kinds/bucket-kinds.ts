import { setTimeout } from 'node:timers/promises';
import type { Manners } from '@holdfast/testkit/bucket-proxy';
import type { FaultKind, Occasion } from './fault-kind.js';

const SLOWEST_MS = 1_500;

/** Treats the requests of some seconds as `draw` says, by number. */
async function treat(
  { faults, holdMs }: Occasion,
  draw: (method: string, number: number) => Manners,
  told: string,
): Promise<string> {
  let number = 0;
  faults.bucket.treat((method) => draw(method, (number += 1)));
  await setTimeout(holdMs);
  faults.bucket.mend();
  return `${faults.bucket.struck} requests to the bucket ${told}`;
}

export const slowBucket: FaultKind = {
  name: 'slow-bucket',
  strike: (occasion) =>
    treat(
      occasion,
      (_, number) => ({ do: 'forward', afterMs: occasion.dice.below(`${occasion.name}/${number}`, SLOWEST_MS) }),
      'delayed',
    ),
};

const FAILURES: readonly [Manners, ...Manners[]] = [
  { do: 'refuse', status: 503 },
  { do: 'refuse', status: 500 },
  { do: 'break' },
];

export const failingBucket: FaultKind = {
  name: 'failing-bucket',
  strike: (occasion) =>
    treat(occasion, (_, number) => occasion.dice.pick(`${occasion.name}/${number}`, FAILURES), 'failed'),
};

export const halvingBucket: FaultKind = {
  name: 'halving-bucket',
  strike: (occasion) =>
    treat(
      occasion,
      (method) =>
        method === 'PUT' ? { do: 'halve', keep: occasion.faults.keepObject } : { do: 'forward', afterMs: 0 },
      'seen, whose writes were answered as done and kept by half',
    ),
};

export const lyingBucket: FaultKind = {
  name: 'lying-bucket',
  strike: (occasion) =>
    treat(
      occasion,
      (method) => (method === 'PUT' ? { do: 'pretend' } : { do: 'forward', afterMs: 0 }),
      'seen, whose writes were answered as done and dropped',
    ),
};
