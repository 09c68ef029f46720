// Everything that can be said about the code without running it: types, lint, format, borders, unused code, contracts, and
// whether what is generated is what its sources say. Two checks at a time; prints the words of those that fail.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { generators, root } from './generate.mjs';

const bin = (name) => resolve(root, 'node_modules/.bin', name);
const scripts = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')).scripts;

function run(command, parameters) {
  return new Promise((done) => {
    const child = spawn(command, parameters, { cwd: root });
    let words = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (words += piece));
    child.once('error', (error) => done({ ok: false, words: error.message }));
    child.once('close', (code) => done({ ok: code === 0, words }));
  });
}

/** Runs a `check:*` script of package.json: the same tool that a developer runs alone. */
const script = (name) => () => {
  const [tool, ...parameters] = scripts[name].split(' ');
  return run(bin(tool), parameters);
};

function digest(paths) {
  const hash = createHash('sha256');
  const files = paths.flatMap((path) =>
    statSync(resolve(root, path), { throwIfNoEntry: false })?.isDirectory()
      ? globSync(`${path}/**`, { cwd: root })
      : [path],
  );
  for (const path of files.sort()) {
    const found = statSync(resolve(root, path), { throwIfNoEntry: false });
    if (found?.isFile()) hash.update(`${path}\0${found.size}\0`).update(readFileSync(resolve(root, path)));
  }
  return hash.digest('hex');
}

async function drift() {
  const before = generators.map(({ outputs }) => digest(outputs));
  const made = await run(process.execPath, [resolve(root, 'scripts/generate.mjs')]);
  if (!made.ok) return made;
  const changed = generators.filter(({ outputs }, index) => digest(outputs) !== before[index]);
  const words = changed.map(
    ({ name, outputs }) => `${name}: ${outputs.join(', ')} was not up to date and has been written anew. Commit it.\n`,
  );
  return { ok: changed.length === 0, words: words.join('') };
}

const checks = [
  { name: 'types', run: script('check:types') },
  { name: 'lint', run: script('check:lint') },
  { name: 'format', run: script('check:format') },
  { name: 'borders', run: script('check:borders') },
  { name: 'unused', run: script('check:unused') },
  { name: 'contracts', run: () => run(bin('buf'), ['lint']) },
];

const results = [];
async function perform({ name, run: check }) {
  const startedAt = performance.now();
  const { ok, words } = await check();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (!ok) console.log(`\n${words.trim()}\n`);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  results.push({ name, ok });
}

// Drift first and alone: it writes what the others read.
await perform({ name: 'drift', run: drift });
const waiting = [...checks];
const worker = async () => {
  for (let check = waiting.shift(); check; check = waiting.shift()) await perform(check);
};
await Promise.all([worker(), worker()]);

const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
console.log(failed.length === 0 ? 'check: all is well' : `check: failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
