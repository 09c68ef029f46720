import { wholeOption } from '@holdfast/demo';
import { AppError } from '@holdfast/kernel';
import { parseArgs } from 'node:util';

export const USAGE = `Usage: pnpm mutants [options]
  --seed N       what tenants, places and jobs are drawn from (default 1)
  --only NAME    one mutant alone, or one stage's: delta-page/drop, delta-page
  --every N      every Nth mutant, for a slice (default 1: all)
  --list         print the mutants' names and run none
  --help         print this`;

export interface MutantOptions {
  readonly seed: number;
  readonly only: string | undefined;
  readonly every: number;
  readonly isListed: boolean;
}

/** What the command line asks for; undefined for --help. A wrong option is refused with its name and rule. */
export function parseMutantOptions(args: readonly string[]): MutantOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    seed: wholeOption('seed', values.seed, { least: 0, most: 1_000_000_000 }),
    only: values.only,
    every: wholeOption('every', values.every, { least: 1, most: 1_000 }),
    isListed: values.list,
  };
}

/** The mutants that the options ask for; --only has to name one at least. */
export function chosen<Named extends { readonly name: string }>(
  mutants: readonly Named[],
  { only, every }: Pick<MutantOptions, 'only' | 'every'>,
): readonly Named[] {
  if (only === undefined) return mutants.filter((_, number) => number % every === 0);
  const found = mutants.filter(({ name }) => `${name}/`.startsWith(`${only}/`));
  if (found.length > 0) return found;
  throw new AppError('INVALID_ARGUMENT', `--only has to name a mutant or a stage, but is '${only}'. See --list.`);
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '1' },
        only: { type: 'string' },
        every: { type: 'string', default: '1' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('INVALID_ARGUMENT', `${reason}\n\n${USAGE}`, { cause });
  }
}
