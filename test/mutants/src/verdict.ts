import type { Operation } from './mutation.js';

/** What a job under a mutant was seen to do. */
export interface Observation {
  /** How often the mutant struck. */
  readonly strikes: number;
  /** What the ledger said: the job's end and the items, folders or steps that it names; empty where it says that all is well. */
  readonly ledger: readonly string[];
  /** What the bytes read back said beside it; empty where all is as the model has it. */
  readonly bytes: readonly string[];
}

export type Verdict =
  | { readonly is: 'caught'; readonly by: 'ledger' | 'bytes'; readonly said: string }
  | { readonly is: 'escaped'; readonly because: string };

/** A loss or a double has to be seen by the ledger alone; what is swapped may be seen in the bytes. */
export function verdictOn(operation: Operation, { strikes, ledger, bytes }: Observation): Verdict {
  if (strikes === 0) return { is: 'escaped', because: 'it never came to its element' };
  if (ledger[0] !== undefined) return { is: 'caught', by: 'ledger', said: ledger[0] };
  if (bytes[0] === undefined) return { is: 'escaped', because: 'nothing differs from an unharmed run' };
  if (operation === 'swap') return { is: 'caught', by: 'bytes', said: bytes[0] };
  return { is: 'escaped', because: `only the bytes show it: ${bytes[0]}` };
}
