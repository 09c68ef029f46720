// run.mjs PACKAGE [ARGUMENT ...]: compiles what changed, then runs the package's `main` in this same process.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { MALLOC } from './malloc.mjs';

const root = resolve(import.meta.dirname, '..');
if (process.execve && process.platform === 'linux' && !Object.keys(MALLOC).some((name) => name in process.env)) {
  // The C library reads these when a process starts: begin anew, as the same process.
  process.removeAllListeners('warning').on('warning', () => undefined);
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    ...process.env,
    ...MALLOC,
  });
}
const folder = resolve(root, process.argv[2] ?? '');
const { main } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
await build();
const entry = resolve(folder, main);
process.argv.splice(1, 2, entry);
await import(pathToFileURL(entry).href);
