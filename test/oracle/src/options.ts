import { wholeOption } from '@holdfast/demo';
import { AppError } from '@holdfast/kernel';
import { parseArgs } from 'node:util';

export const USAGE = `Usage: pnpm oracle [options]
  --seeds N      how many seeds to run (default 20)
  --from K       the first one (default 1)
  --parallel N   seeds at the same time in each system (default 8)
  --systems N    systems side by side (default 1): one seldom keeps two cores busy
  --within S     seconds that a job may take, a restore twice as many (default 60): a busy machine needs more
  --tally FILE   add each seed to this tally when it is done (docs/oracle.json)
  --help         print this`;

export interface OracleOptions {
  readonly seeds: number;
  readonly from: number;
  readonly parallel: number;
  readonly systems: number;
  /** What a backup may take; a restore may take twice as long. */
  readonly withinMs: number;
  /** Where results are added up; undefined for nowhere. */
  readonly tally: string | undefined;
}

/** What the command line asks for; undefined for --help. A wrong option is refused with its name and rule. */
export function parseOracleOptions(args: readonly string[]): OracleOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    seeds: wholeOption('seeds', values.seeds, { least: 1, most: 1_000_000 }),
    from: wholeOption('from', values.from, { least: 0, most: Number.MAX_SAFE_INTEGER - 1_000_000 }),
    parallel: wholeOption('parallel', values.parallel, { least: 1, most: 32 }),
    systems: wholeOption('systems', values.systems, { least: 1, most: 16 }),
    withinMs: 1_000 * wholeOption('within', values.within, { least: 10, most: 3_600 }),
    tally: values.tally,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string', default: '20' },
        from: { type: 'string', default: '1' },
        parallel: { type: 'string', default: '8' },
        systems: { type: 'string', default: '1' },
        within: { type: 'string', default: '60' },
        tally: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('INVALID_ARGUMENT', `${reason}\n\n${USAGE}`, { cause });
  }
}
