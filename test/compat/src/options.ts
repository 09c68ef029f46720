import { AppError } from '@holdfast/kernel';
import { parseArgs } from 'node:util';

export const USAGE = `Usage: pnpm test:compat [options]
Reads the format's test vectors and the golden vaults: with the Python reader, which shares no code with the product, and with
the product's own. Ends with the line "N passed, N failed".
  --python PATH  a Python 3 with cryptography, zstandard, cbor2 and argon2 (default /usr/bin/python3, where Debian installs them)
  --make NAME    cut the golden vault of that kind instead; one that exists is never made again
  --help         print this`;

export interface CompatOptions {
  readonly python: string;
  readonly make: string | undefined;
}

/** What the command line asks for; undefined for --help. */
export function parseCompatOptions(args: readonly string[]): CompatOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        python: { type: 'string', default: '/usr/bin/python3' },
        make: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values.help ? undefined : { python: values.python, make: values.make };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('INVALID_ARGUMENT', `${reason}\n\n${USAGE}`, { cause });
  }
}
