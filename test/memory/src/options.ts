import { wholeOption } from '@holdfast/demo';
import { AppError } from '@holdfast/kernel';
import { parseArgs } from 'node:util';
import { CASES, type CaseName } from './cases/all-cases.js';

export const USAGE = `Usage: pnpm memory [--case NAME]... [options]
  --case NAME     mailbox, drive, file, crowd or slow-destination; may be repeated (default all)
  --items N       messages or files (default: as docs/memory.md has it)
  --bytes N       length of the file of the case "file"
  --slice         small sizes, for every commit
  --draw          write docs/memory/NAME.svg
  --help          print this

Starts every service as a process of its own beside a simulator, PostgreSQL and NATS, and measures their memory each second. Needs
nats-server on the PATH, or HOLDFAST_TEST_NATS_SERVER. Fails when a process passes 512 MiB or grows to the end of a phase.`;

/** A case and how large it is to be. */
export interface ChosenCase {
  readonly name: CaseName;
  /** Items, or for the large file bytes. */
  readonly size: number;
}

export interface MemoryOptions {
  readonly cases: readonly ChosenCase[];
  readonly isDrawn: boolean;
}

/** What the command line asks for; undefined for --help. A wrong option is refused with its name and rule. */
export function parseMemoryOptions(args: readonly string[]): MemoryOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const names = values.case ?? Object.keys(CASES);
  const cases = names.map((name) => {
    if (!isCase(name))
      throw new AppError(
        'INVALID_ARGUMENT',
        `--case has to be one of ${Object.keys(CASES).join(', ')}, but is '${name}'.`,
      );
    const { unit, full, slice } = CASES[name];
    const asked = values[unit];
    const size = asked === undefined ? (values.slice ? slice : full) : wholeOption(unit, asked, LIMITS);
    return { name, size };
  });
  return { cases, isDrawn: values.draw };
}

const LIMITS = { least: 1, most: 10 ** 12 };

const isCase = (name: string): name is CaseName => Object.hasOwn(CASES, name);

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        case: { type: 'string', multiple: true },
        items: { type: 'string' },
        bytes: { type: 'string' },
        slice: { type: 'boolean', default: false },
        draw: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('INVALID_ARGUMENT', `${reason}\n\n${USAGE}`, { cause });
  }
}
