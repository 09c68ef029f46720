import { AppError } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import type { OwedItem } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { ItemIntake, type IntakeOptions } from './item-intake.js';

const MOST = 20_000;

/** An intake whose draft owes so many items already. */
function intakeOwing(count: number) {
  const owed = new Map<string, OwedItem>();
  const item = { kind: 'message', code: 'GRAPH_REJECTED', attempts: 1, since: 0 } as const;
  for (let number = 0; number < count; number += 1) owed.set(`m${number}`, item);
  const draft = {
    owed,
    owe: (id: string, it: OwedItem) => void owed.set(id, it),
    log: async () => undefined,
  };
  const options = { draft, clock: new MovableClock(0), signal: new AbortController().signal };
  return { owed, intake: new ItemIntake(options as unknown as IntakeOptions, () => () => undefined) };
}

describe('ItemIntake', () => {
  const refusal = new AppError('GRAPH_REJECTED', 'The service refuses the item.');

  it('owes as many items as memory is meant for, and takes one more for a failure of the whole', async () => {
    const { owed, intake } = intakeOwing(MOST - 1);
    await intake.owe('last', { kind: 'message' }, refusal);
    await expect(intake.owe('one more', { kind: 'message' }, refusal)).rejects.toBe(refusal);
    expect(owed.size).toBe(MOST);
  });

  it('owes again what was owed already, however many there are', async () => {
    const { owed, intake } = intakeOwing(MOST);
    await intake.owe('m7', { kind: 'message' }, refusal);
    expect(owed.get('m7')).toMatchObject({ attempts: 2 });
  });
});
