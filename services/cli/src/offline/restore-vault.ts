import { type ChainState, type ItemOutcome, makeFolder, readChains, writeItems } from '@holdfast/recovery';
import { type ChunkOpening, isDamage, ThreadOpening } from '@holdfast/vault';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { CommandFailed, UsageError } from '../failure.js';
import { fileTrouble } from '../file-trouble.js';
import type { Printer } from '../output/printer.js';
import { bytesInWords, countInWords, instantInWords } from '../output/words.js';
import type { Surroundings } from '../surroundings.js';
import { type OpenedVault, type OpenVaultOptions, withOpenVault } from './open-vault.js';

export interface VaultRestoreOptions {
  readonly to: string;
  readonly resource?: readonly string[];
  readonly set?: string;
  /** Milliseconds since the epoch. */
  readonly asOf?: number;
}

interface Totals {
  resources: number;
  written: number;
  bytes: number;
  leftOut: number;
  failed: number;
}

interface ChainTarget {
  readonly folder: string;
  readonly print: Printer;
  readonly totals: Totals;
  readonly opening: ChunkOpening;
}

/** Writes what a vault holds into a new folder, and fails when anything of it could not be written. */
export async function restoreVault(
  around: Surroundings,
  print: Printer,
  options: OpenVaultOptions & VaultRestoreOptions,
): Promise<void> {
  const folder = resolve(options.to);
  await requireEmpty(folder);
  await withOpenVault(around, print, options, async (opened) => {
    const { chains, damaged } = await readChains(opened.vault, opened.catalogue, options.asOf);
    for (const { name, reason } of damaged) print.note(`${name} is passed over: ${reason}`);
    const chosen = choose(chains, options);
    const totals: Totals = { resources: 0, written: 0, bytes: 0, leftOut: 0, failed: 0 };
    await using opening = new ThreadOpening({ threads: availableParallelism() });
    for (const chain of chosen)
      await restoreChain(opened, chain, { folder: folderOf(folder, chain, chosen), print, totals, opening });
    conclude(print, totals, folder, damaged.length + opened.damagedPacks);
  });
}

async function restoreChain(
  { vault, catalogue }: OpenedVault,
  chain: ChainState,
  { folder, print, totals, opening }: ChainTarget,
): Promise<void> {
  const { resource, jobStartedAt } = chain.header;
  print.line(`${resource} as of ${instantInWords(jobStartedAt)}`);
  totals.resources += 1;
  try {
    for await (const outcome of writeItems({ vault, catalogue, opening }, chain, folder)) {
      count(totals, outcome);
      if (outcome.is !== 'written') print.note(`${relative(folder, outcome.path)}: ${whyNot(outcome)}`);
    }
  } catch (error) {
    const trouble = fileTrouble(error);
    if (trouble !== undefined)
      throw new CommandFailed(trouble, [
        `It stopped there. ${countInWords(totals.written)} items are written, whole and below ${folder}.`,
        'Give a new folder with --to, where there is room for all; --resource restores one resource at a time.',
      ]);
    if (!isDamage(error)) throw error;
    // What lists the items is damaged from here on; other resources have lists of their own.
    totals.failed += 1;
    print.note(`${resource}: its list of items cannot be read to its end. ${error.message}`);
  }
}

function count(totals: Totals, outcome: ItemOutcome): void {
  if (outcome.is === 'written') {
    totals.written += 1;
    totals.bytes += outcome.bytes;
  } else if (outcome.is === 'left-out') totals.leftOut += 1;
  else totals.failed += 1;
}

function whyNot(outcome: Exclude<ItemOutcome, { is: 'written' }>): string {
  return outcome.is === 'left-out' ? `the backup has no content of it (${outcome.cause})` : outcome.reason;
}

function choose(chains: readonly ChainState[], { resource, set }: VaultRestoreOptions): readonly ChainState[] {
  const chosen = chains.filter(
    ({ header }) => (!resource || resource.includes(header.resource)) && (set === undefined || header.set === set),
  );
  if (chosen.length > 0) return chosen;
  throw new CommandFailed(
    'The vault holds nothing of that kind at that time. `holdfast vault list` shows what it holds.',
  );
}

/** A folder for each resource; below one for its set, where several sets hold it. */
function folderOf(folder: string, { header }: ChainState, chosen: readonly ChainState[]): string {
  const isOfOneSet = chosen.every((other) => other.header.set === header.set);
  return isOfOneSet ? join(folder, header.resource) : join(folder, header.set, header.resource);
}

function conclude(print: Printer, totals: Totals, folder: string, damaged: number): void {
  print.result({ ...totals, folder }, () =>
    print.line(
      `${countInWords(totals.written)} items (${bytesInWords(totals.bytes)}) of ${totals.resources} resources are in ${folder}.`,
    ),
  );
  if (totals.leftOut > 0) print.note(`${totals.leftOut} items have no content in the backup; they are named above.`);
  if (totals.failed + damaged === 0) return;
  throw new CommandFailed(
    `${totals.failed} items could not be written, and ${damaged} objects of the vault are damaged; they are named above.`,
    ['Try another destination of the vault: it holds the same objects.'],
  );
}

async function requireEmpty(folder: string): Promise<void> {
  const names = await makeFolder(folder)
    .then(() => readdir(folder))
    .catch((error: unknown) => {
      throw new UsageError(`${fileTrouble(error) ?? String(error)} Give a new folder with --to.`);
    });
  if (names.length > 0) throw new UsageError(`${folder} is not empty. Give a new folder with --to.`);
}
