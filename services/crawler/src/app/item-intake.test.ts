import { AppError } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import type { OwedItem } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { taskShare } from '../domain/task-share.js';
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

  it('meets a failure of the draft itself, though it comes while contents are waited for', async () => {
    const { promise: content, resolve: haveContent } = Promise.withResolvers<never>();
    const unmet: unknown[] = [];
    const told = (error: unknown) => unmet.push(error);
    process.on('unhandledRejection', told);
    try {
      const failure = new AppError('DEPENDENCY_UNAVAILABLE', 'The destination takes nothing.');
      const options = {
        draft: {
          owed: new Map(),
          known: async () => ({ records: new Map(), words: new Map() }),
          put: async () => Promise.reject(failure),
        },
        words: { say: () => undefined },
        reader: { contentConcurrency: 1, skipCause: () => undefined },
        contents: { store: () => content },
        exclusions: { idsToKnow: () => [], apply: (changes: unknown) => changes },
        readAnew: new Set(),
        onItem: () => undefined,
        clock: new MovableClock(0),
        signal: new AbortController().signal,
        share: taskShare(1, 0),
      };
      const intake = new ItemIntake(options as unknown as IntakeOptions, () => () => undefined);
      const item = (id: string, contentForm?: 'bytes') =>
        ({ type: 'item', id, record: { kind: 'file', contentForm } }) as never;
      const taking = intake.take([item('kept'), item('read', 'bytes'), item('waits', 'bytes')]);
      await setTimeout(20);
      haveContent(Promise.reject(failure));
      await expect(taking).rejects.toBe(failure);
      expect(unmet).toEqual([]);
    } finally {
      process.off('unhandledRejection', told);
    }
  });

  it('owes again what was owed already, however many there are', async () => {
    const { owed, intake } = intakeOwing(MOST);
    await intake.owe('m7', { kind: 'message' }, refusal);
    expect(owed.get('m7')).toMatchObject({ attempts: 2 });
  });
});
