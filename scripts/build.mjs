// Compiles every package's `src` to `dist` with swc; only what changed since the last build. Types are checked by `pnpm check`.
import { transformFile } from '@swc/core';
import { globSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const options = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2024',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: true,
};

/** Modification time in ms; 0 for a missing file. */
const modifiedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const outputOf = (source) => source.replace(/\/src\//, '/dist/').replace(/\.ts$/, '.js');

export async function build() {
  const sources = globSync('{libs,services,test}/*/src/**/*.ts', { cwd: root }).filter(
    (path) => !path.endsWith('.test.ts'),
  );
  const outputs = new Set(sources.map(outputOf));
  for (const stale of globSync('{libs,services,test}/*/dist/**/*.js', { cwd: root }))
    if (!outputs.has(stale)) rmSync(resolve(root, stale));
  const changed = sources.filter((path) => modifiedAt(resolve(root, outputOf(path))) < modifiedAt(resolve(root, path)));
  await Promise.all(
    changed.map(async (path) => {
      const output = resolve(root, outputOf(path));
      const { code, map } = await transformFile(resolve(root, path), options);
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(`${output}.map`, map);
      writeFileSync(output, `${code}\n//# sourceMappingURL=${output.split('/').at(-1)}.map\n`);
    }),
  );
  return { sources: sources.length, compiled: changed.length };
}

if (import.meta.filename === process.argv[1]) {
  const { sources, compiled } = await build();
  console.log(`compiled ${compiled} of ${sources} files`);
}
