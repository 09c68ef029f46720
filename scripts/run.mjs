// run.mjs PACKAGE [ARGUMENT ...]: compiles what changed, then runs the package's `main` in this same process.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { withMemorySettings } from './process-memory.mjs';

const root = resolve(import.meta.dirname, '..');
// The C library and V8 read these when a process starts.
withMemorySettings();
const folder = resolve(root, process.argv[2] ?? '');
const { main } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
await build();
const entry = resolve(folder, main);
process.argv.splice(1, 2, entry);
await import(pathToFileURL(entry).href);
