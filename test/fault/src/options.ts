import { wholeOption } from '@holdfast/demo';
import { AppError } from '@holdfast/kernel';
import { parseArgs } from 'node:util';
import { ALL_KINDS, MIX } from './kinds/all-kinds.js';

const NAMES = [...ALL_KINDS.map(({ name }) => name), MIX];

export const USAGE = `Usage: pnpm faults [options]
  --seeds N      how many seeds to run (default ${NAMES.length}: every kind once)
  --from K       the first one (default 0)
  --only KIND    troubles of this kind alone, or ${MIX}; by its number a seed has another else:
                 ${NAMES.join(', ')}
  --parallel N   systems at the same time, with servers of their own (default 2)
  --help         print this`;

export interface FaultOptions {
  readonly seeds: number;
  readonly from: number;
  readonly only?: string;
  readonly parallel: number;
}

/** What the command line asks for; undefined for --help. A wrong option is refused with its name and rule. */
export function parseFaultOptions(args: readonly string[]): FaultOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const { only } = values;
  if (only !== undefined && !NAMES.includes(only))
    throw new AppError('INVALID_ARGUMENT', `--only: expected one of ${NAMES.join(', ')}`);
  return {
    seeds: wholeOption('seeds', values.seeds, { least: 1, most: 1_000_000 }),
    from: wholeOption('from', values.from, { least: 0, most: Number.MAX_SAFE_INTEGER - 1_000_000 }),
    ...(only !== undefined && { only }),
    parallel: wholeOption('parallel', values.parallel, { least: 1, most: 16 }),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string', default: String(NAMES.length) },
        from: { type: 'string', default: '0' },
        only: { type: 'string' },
        parallel: { type: 'string', default: '2' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('INVALID_ARGUMENT', `${reason}\n\n${USAGE}`, { cause });
  }
}
