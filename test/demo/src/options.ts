import { AppError } from '@holdfast/kernel';
import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly seed: number;
  readonly users: number;
  /** Per user. */
  readonly messages: number;
  /** Per user. */
  readonly files: number;
  readonly isJson: boolean;
  readonly isKept: boolean;
}

export const USAGE = `Usage: pnpm demo [options]
  --seed N      what the tenant, its week and the attack are drawn from (default 7)
  --users N     users of the tenant (default 6)
  --messages N  messages per user (default 50)
  --files N     files per user (default 20)
  --json        print one line of JSON instead of the table
  --keep        leave everything running and print its addresses and a key
  --help        print this`;

/** What the command line asks for; undefined for --help. A wrong option is refused with its name and rule. */
export function parseDemoOptions(args: readonly string[]): DemoOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    seed: wholeOption('seed', values.seed, { least: 0, most: Number.MAX_SAFE_INTEGER }),
    users: wholeOption('users', values.users, { least: 2, most: 10_000 }),
    messages: wholeOption('messages', values.messages, { least: 1, most: 1_000_000 }),
    files: wholeOption('files', values.files, { least: 1, most: 1_000_000 }),
    isJson: values.json,
    isKept: values.keep,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '7' },
        users: { type: 'string', default: '6' },
        messages: { type: 'string', default: '50' },
        files: { type: 'string', default: '20' },
        json: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('INVALID_ARGUMENT', `${reason}\n\n${USAGE}`, { cause });
  }
}

/** A whole number within bounds, as an option gives it. */
export function wholeOption(option: string, text: string, { least, most }: { least: number; most: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new AppError(
    'INVALID_ARGUMENT',
    `--${option} has to be a whole number from ${least} to ${most}, but is '${text}'.`,
  );
}
