import { wholeOption } from '@holdfast/demo';
import { AppError } from '@holdfast/kernel';
import { parseArgs } from 'node:util';

export const USAGE = `Usage: pnpm model [options]
Runs the commit protocol and space freeing through every order of events in small worlds, then through random long schedules, and
last with defects put in on purpose, each of which has to be found.
  --only NAME    commit or freeing (default: both)
  --schedules N  how many random schedules (default 100000)
  --from K       the seed of the first one (default 1); a seed is one schedule, always the same
  --states N     how many states of each world at most (default: all of them)
  --traces       print the schedule that shows each defect
  --help         print this`;

export interface ModelOptions {
  readonly only: string | undefined;
  readonly schedules: number;
  readonly from: number;
  readonly maxStates: number;
  readonly hasTraces: boolean;
}

/** What the command line asks for; undefined for --help. A wrong option is refused with its name and rule. */
export function parseModelOptions(args: readonly string[]): ModelOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    only: oneOf(values.only),
    schedules: wholeOption('schedules', values.schedules, { least: 0, most: 100_000_000 }),
    from: wholeOption('from', values.from, { least: 0, most: 4_000_000_000 }),
    maxStates: wholeOption('states', values.states, { least: 1, most: 100_000_000 }),
    hasTraces: values.traces,
  };
}

function oneOf(name: string | undefined): string | undefined {
  if (name === undefined || name === 'commit' || name === 'freeing') return name;
  throw new AppError('INVALID_ARGUMENT', `--only has to be commit or freeing.\n\n${USAGE}`);
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        schedules: { type: 'string', default: '100000' },
        from: { type: 'string', default: '1' },
        states: { type: 'string', default: '100000000' },
        traces: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('INVALID_ARGUMENT', `${reason}\n\n${USAGE}`, { cause });
  }
}
