import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeCorpus } from '../corpus/write-corpus.js';
import { type Figure, type Measured, median } from '../figure.js';
import { type TimedProcess, timedProcess } from '../timed-process.js';
import { resticBackup, resticVersion } from './restic.js';
import { type WrittenVault, writtenVault } from './written-vault.js';

const SCRIPT = fileURLToPath(new URL('./write-vault.js', import.meta.url));
const RSS_ASKED_MIB = 512;

export interface VaultOptions {
  /** Of the corpus; 1 is 3 GB. */
  readonly scale: number;
  readonly pairs: number;
  readonly tell: (line: string) => void;
}

interface Run {
  readonly took: TimedProcess;
  readonly storedBytes: number;
}

/** Writes the corpus by us and by restic in turns, so that a busy machine slows both. */
export async function measureVault({ scale, pairs, tell }: VaultOptions): Promise<Measured> {
  const work = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const corpus = join(work, 'corpus');
    const made = await writeCorpus({ folder: corpus, seed: 1, scale });
    tell(`corpus: ${made.mails} mails, ${made.files} files, ${mb(made.mailBytes + made.fileBytes)} MB`);
    const crowd = await crowded(corpus, join(work, 'crowd'));
    const restic = await resticVersion();
    if (!restic) {
      const because = 'restic is not installed (apt-get install restic), so there is nothing to compare with';
      return { figures: [crowd], skipped: [{ name: 'vault write against restic', because }] };
    }
    const ours: Run[] = [];
    const theirs: Run[] = [];
    for (let pair = 1; pair <= pairs; pair += 1) {
      const { took, written } = await writeOnce(corpus, join(work, 'vault'), ['--threads', '2']);
      ours.push({ took, storedBytes: written.storedBytes });
      theirs.push(await resticBackup(corpus, join(work, 'restic')));
      tell(`pair ${pair}: holdfast ${shown(ours.at(-1))}, ${restic} ${shown(theirs.at(-1))}`);
    }
    const note = `${pairs} alternating pairs against ${restic}, scale ${scale}, medians of the pairs' ratios`;
    return { figures: [...ratios(ours, theirs, note), crowd] };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function ratios(ours: readonly Run[], theirs: readonly Run[], note: string): Figure[] {
  const ratio = (of: (run: Run) => number) => median(ours.map((run, at) => of(run) / of(theirs[at] ?? run)));
  const figure = (name: string, measured: number, value: number): Figure => ({
    name: `vault write, ${name}`,
    unit: '× restic',
    measured,
    asked: { is: '≤', value },
    note,
  });
  return [
    figure(
      'wall time',
      ratio(({ took }) => took.wallSeconds),
      0.75,
    ),
    figure(
      'CPU time',
      ratio(({ took }) => took.cpuSeconds),
      0.75,
    ),
    figure(
      'stored bytes',
      ratio(({ storedBytes }) => storedBytes),
      0.9,
    ),
  ];
}

/** Many tasks over several vaults in one process: the memory of a busy crawler, but for its sockets. */
async function crowded(corpus: string, vault: string): Promise<Figure> {
  const { written } = await writeOnce(corpus, vault, ['--threads', '2', '--vaults', '5', '--tasks', '50']);
  return {
    name: 'vault write, peak RSS with 2 workers and 50 tasks over 5 vaults',
    unit: 'MiB',
    measured: written.peakRssMib,
    asked: { is: '≤', value: RSS_ASKED_MIB },
    note: `${written.items} items, ${mb(written.bytes)} MB; the index of the run is held in memory too`,
  };
}

async function writeOnce(
  corpus: string,
  vault: string,
  options: readonly string[],
): Promise<{ readonly took: TimedProcess; readonly written: WrittenVault }> {
  await rm(vault, { recursive: true, force: true });
  await promisify(execFile)('sync');
  const script = [...process.execArgv, SCRIPT];
  const took = await timedProcess(process.execPath, [...script, '--corpus', corpus, '--vault', vault, ...options]);
  await rm(vault, { recursive: true, force: true });
  return { took, written: writtenVault.parse(JSON.parse(took.stdout)) };
}

const mb = (bytes: number) => Math.round(bytes / 1e6);
const shown = (run: Run | undefined) =>
  run && `${run.took.wallSeconds} s, ${run.took.cpuSeconds.toFixed(1)} CPU s, ${mb(run.storedBytes)} MB`;
