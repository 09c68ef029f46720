import { describe, expect, it } from '@jest/globals';
import { makeMutants } from './mutant.js';
import { runMutants } from './run-mutants.js';
import { eachCall, wrapMethod } from './seam.js';
import type { Stage } from './stage.js';
import { callsOf } from './stages/elements.js';
import { Strike } from './mutation.js';
import { Switchboard } from './switchboard.js';
import type { Observation } from './verdict.js';

/** A product that notes what it is told, and whose ledger counts what it was told. */
class Notes {
  readonly taken = new Map<string, string>();
  async put(id: string, text: string): Promise<void> {
    this.taken.set(id, text);
  }
}

const stage = (name: string, traits: ReturnType<typeof callsOf>): Stage => ({
  name,
  part: 'crawler',
  phase: 'backup',
  least: 2,
  open: (passage) =>
    wrapMethod(
      Notes.prototype,
      'put',
      eachCall(passage, () => traits),
    ),
});
const real = stage('real', callsOf(0, 1));
/** Doubles a call as it was, which the map takes as one; and swaps what is alike. */
const neutral: Stage = {
  ...stage('neutral', { ...callsOf(0, 1), renamed: (args) => args }),
  operations: ['duplicate'],
};

async function attempt({ stage: at, operation, place }: ReturnType<typeof makeMutants>[number]): Promise<Observation> {
  const board = new Switchboard();
  board.open([at]);
  const strike = new Strike(operation, place);
  board.begin(at, strike);
  const notes = new Notes();
  for (const id of ['a', 'b', 'c', 'd']) await notes.put(id, id.toUpperCase());
  board.close();
  const said = notes.taken.size === 4 ? [] : [`${notes.taken.size} of 4`];
  const wrong = [...notes.taken].filter(([id, text]) => text !== id.toUpperCase()).map(([id]) => id);
  return { strikes: strike.times, ledger: said, bytes: wrong };
}

describe('runMutants', () => {
  it('catches what the ledger or, of swaps, the bytes tell', async () => {
    const lines: string[] = [];
    const outcome = await runMutants(makeMutants([real], 1), attempt, (line) => lines.push(line));
    expect(outcome).toEqual({ caught: 3, escaped: [] });
    expect(lines.map((line) => line.split(':')[0])).toEqual(['real/drop', 'real/duplicate', 'real/swap']);
    expect(lines[2]).toContain('caught by the bytes');
  });

  it('reports a mutant that makes no difference as escaped', async () => {
    const lines: string[] = [];
    expect(await runMutants(makeMutants([neutral], 1), attempt, (line) => lines.push(line))).toEqual({
      caught: 0,
      escaped: ['neutral/duplicate'],
    });
    expect(lines).toEqual(['neutral/duplicate: ESCAPED: nothing differs from an unharmed run']);
  });

  it.each<[string, Partial<Observation>]>([
    ['a loss that only the bytes show', { strikes: 1, bytes: ['missing: x'] }],
    ['a mutant that never struck', { strikes: 0, ledger: ['incomplete'] }],
  ])('reports %s as escaped', async (_, seen) => {
    const [drop] = makeMutants([real], 1);
    const outcome = await runMutants(
      drop ? [drop] : [],
      async () => ({ strikes: 0, ledger: [], bytes: [], ...seen }),
      () => undefined,
    );
    expect(outcome.escaped).toEqual(['real/drop']);
  });

  it('reports a run that breaks off as escaped', async () => {
    const outcome = await runMutants(
      makeMutants([neutral], 1),
      () => Promise.reject(new Error('no')),
      () => undefined,
    );
    expect(outcome.escaped).toEqual(['neutral/duplicate']);
  });
});
