import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from '../failure.js';
import type { Surroundings } from '../surroundings.js';

export interface SecretSource {
  /** What is asked for. */
  readonly what: string;
  /** A file that holds it; a line break at its end does not count. `-` is the standard input. */
  readonly file?: string | undefined;
  /** A variable of the environment that may hold it. */
  readonly variable: string;
  /** The option that names the file, for the advice. */
  readonly option: string;
}

/** A secret from a file, the environment or a hidden prompt; never from the command line, where others see it. */
export async function readSecret(around: Surroundings, source: SecretSource): Promise<string> {
  if (source.file === '-') return trimEnd(await readAll(around));
  if (source.file !== undefined) return trimEnd(await readTextFile(source.file, source.option));
  const given = around.env[source.variable];
  if (given !== undefined && given !== '') return given;
  if (around.stdin.isTTY === true) return ask(around, `${source.what}: `, true);
  throw new UsageError(
    `${source.what} is missing. Give it in a file (${source.option} FILE) or in ${source.variable}.`,
  );
}

/** A line that the user types; hidden when it is a secret. */
export async function ask(around: Surroundings, question: string, isHidden = false): Promise<string> {
  // Readline echoes what is typed to its output: a secret goes to one that shows nothing.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (isHidden) around.stderr.write(question);
  const output = isHidden ? nowhere : around.stderr;
  const lines = createInterface({ input: around.stdin, output, terminal: around.stdin.isTTY === true });
  try {
    return (await lines.question(isHidden ? '' : question)).trim();
  } finally {
    lines.close();
    if (isHidden) around.stderr.write('\n');
  }
}

/** The text of a file that an option names. */
export async function readTextFile(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`${option}: ${file} cannot be read (${code}).`);
  }
}

async function readAll(around: Surroundings): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of around.stdin) pieces.push(Buffer.from(piece as Buffer));
  return Buffer.concat(pieces).toString();
}

function trimEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
