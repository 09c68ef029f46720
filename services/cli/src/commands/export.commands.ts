import { exportView } from '@holdfast/contracts/api';
import { createWriteStream } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { fileTrouble } from '../file-trouble.js';
import { CommandFailed, UsageError } from '../failure.js';
import { bytesInWords } from '../output/words.js';
import { fromOptions, withTime, type TimeOptions } from '../point-in-time.js';
import type { Session } from '../session.js';
import { collect } from '../settings/parse-options.js';
import type { CommandGroup } from './command-group.js';

interface ExportOptions extends TimeOptions {
  readonly resource: readonly string[];
  readonly item?: readonly string[];
  readonly format: string;
  readonly output: string;
  readonly force?: boolean;
}

/** Downloads into one name that broke off and were not cleared away. */
const MOST_DRAFTS = 100;

/** `holdfast export`. */
export const exportCommands: CommandGroup = (program, act) => {
  withTime(program.command('export'))
    .description('download files as ZIP, mail as EML or MBOX')
    .requiredOption(
      '--resource <resource>',
      'mail:ADDRESS, drive:ADDRESS or a resource id; may be given often',
      collect,
    )
    .option('--item <id>', 'with one --resource: this item or folder only; may be given often', collect)
    .requiredOption('--format <kind>', 'zip, eml or mbox')
    .requiredOption('-o, --output <file>', 'where to; - is the standard output')
    .option('--force', 'replace the file when it exists')
    .action(act(run));
};

async function run(session: Session, options: ExportOptions): Promise<void> {
  const { resource, item, format, output } = options;
  if (item && resource.length !== 1) throw new UsageError('--item goes with one --resource.');
  if (output !== '-') await requireFree(output, options.force === true);
  const sources: object[] = [];
  for (const text of resource) sources.push({ resourceId: await session.resource(text), itemIds: item ?? [] });
  const body = { from: await fromOptions(session, options), sources, format };
  const made = await session.api.post(await session.below('exports'), exportView, body);
  const { body: file } = await session.api.download(made.downloadPath);
  if (output === '-') {
    for await (const piece of file) await write(session, piece);
    return;
  }
  const bytes = await keep(file, output);
  session.print.result({ file: output, bytes }, () => session.print.line(`${output}: ${bytesInWords(bytes)}`));
}

/** Writes beside the file and renames at the end, so that half a download never has its name. */
async function keep(file: AsyncIterable<Uint8Array>, output: string): Promise<number> {
  let draft: Draft | undefined;
  try {
    // A link stays one: what it leads to is replaced.
    const target = await realpath(output).catch(() => output);
    draft = await openBeside(target);
    const sink = createWriteStream(draft.path, { fd: draft.file });
    await pipeline(file, sink);
    await rename(draft.path, target);
    return sink.bytesWritten;
  } catch (error) {
    if (draft) await rm(draft.path, { force: true }).catch(() => undefined);
    const trouble = fileTrouble(error);
    if (trouble !== undefined) throw new CommandFailed(`${trouble} Nothing is kept of the download.`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(`The download broke off (${reason}). Nothing is kept of it: run the command again.`);
  }
}

async function write({ around }: Session, piece: Uint8Array): Promise<void> {
  await new Promise<void>((done, fail) => around.stdout.write(piece, (error) => (error ? fail(error) : done())));
}

interface Draft {
  readonly path: string;
  readonly file: FileHandle;
}

/** A file that was not there before. */
async function openBeside(target: string): Promise<Draft> {
  for (let number = 1; ; number += 1) {
    const path = `${target}${number === 1 ? '' : `.${number}`}.part`;
    try {
      return { path, file: await open(path, 'wx', 0o600) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === MOST_DRAFTS) throw error;
    }
  }
}

/** Only a file is ever replaced: a device or a pipe would be gone. */
async function requireFree(output: string, mayReplace: boolean): Promise<void> {
  const found = await stat(output).catch(() => undefined);
  if (!found) return;
  if (!found.isFile())
    throw new UsageError(`${output} is no file. Choose another name, or give - for the standard output.`);
  if (!mayReplace) throw new UsageError(`${output} exists. Choose another name, or give --force.`);
}
