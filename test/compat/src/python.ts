import { AppError } from '@holdfast/kernel';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the Python programs. */
const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** How a Python program ended, and what it printed to either stream. */
export interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a Python program of this folder. A Python that cannot be started fails; one that ends badly is a value. */
export function runPython(python: string, args: readonly string[]): Promise<Ended> {
  // -B: it leaves no compiled files beside the sources.
  return new Promise((resolve, reject) => {
    execFile(python, ['-B', ...args], { cwd: FOLDER, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (!error) resolve({ exitCode: 0, output });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output });
      else reject(new AppError('INVALID_ARGUMENT', `${python} cannot be started: ${error.message}`, { cause: error }));
    });
  });
}
