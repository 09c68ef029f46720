// run.mjs [--in-memory] PACKAGE [ARGUMENT ...]: compiles what changed, then runs the package's `main` in this same process, its temporary
// files in memory where that is asked for and there is room.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { keepFilesInMemory } from './files-in-memory.mjs';
import { withMemorySettings } from './process-memory.mjs';

const root = resolve(import.meta.dirname, '..');
// The C library and V8 read these when a process starts.
withMemorySettings();
if (process.argv[2] === '--in-memory') {
  process.argv.splice(2, 1);
  keepFilesInMemory();
}
const folder = resolve(root, process.argv[2] ?? '');
const { main } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
await build();
const entry = resolve(folder, main);
process.argv.splice(1, 2, entry);
await import(pathToFileURL(entry).href);
