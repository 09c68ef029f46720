import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { changeCorpus } from '../corpus/change-corpus.js';
import { writeCorpus } from '../corpus/write-corpus.js';
import type { Figure, Measured } from '../figure.js';
import { borgRun, borgVersion } from './borg.js';
import { type OurRun, runOnce, writeCrowd } from './our-run.js';
import { type Pair, readFigures, writeFigures } from './pair-figures.js';
import { type PeerRun, resticRun, resticVersion } from './restic.js';

const RSS_ASKED_MIB = 512;
/** Of mails and files, between a first backup and the next. */
const CHANGED_SHARE = 0.01;

export interface VaultOptions {
  /** Of the corpus; 1 is 3 GB. */
  readonly scale: number;
  readonly pairs: number;
  readonly tell: (line: string) => void;
}

/** Writes, restores and verifies the corpus by us and by others in turns, so that a busy machine slows all. */
export async function measureVault({ scale, pairs, tell }: VaultOptions): Promise<Measured> {
  const work = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const corpus = join(work, 'corpus');
    const made = await writeCorpus({ folder: corpus, seed: 1, scale });
    const list = join(work, 'changes.json');
    const changed = join(work, 'changed');
    await writeFile(list, JSON.stringify(await changeCorpus({ corpus, changed, seed: 1, share: CHANGED_SHARE })));
    const offered = { folder: corpus, changed, list };
    tell(`corpus: ${made.mails} mails, ${made.files} files, ${mb(made.mailBytes + made.fileBytes)} MB`);
    const crowd = await crowded(corpus, join(work, 'crowd'));
    const [restic, borg] = [await resticVersion(), await borgVersion()];
    if (!restic) {
      const because = 'restic is not installed (apt-get install restic), so there is nothing to compare with';
      return { figures: [crowd], skipped: [{ name: 'vault against restic', because }] };
    }
    const runs: Pair[] = [];
    const besideBorg: Pair[] = [];
    for (let pair = 1; pair <= pairs; pair += 1) {
      const ours = await runOnce(offered, join(work, 'vault'));
      const theirs = await resticRun(offered, join(work, 'restic'));
      runs.push({ ours, theirs });
      tell(`pair ${pair}: holdfast ${shown(ours)}; ${restic} ${shown(theirs)}`);
      if (!borg) continue;
      const borgs = await borgRun(offered, join(work, 'borg'));
      besideBorg.push({ ours, theirs: borgs });
      tell(`pair ${pair}: ${borg} ${shown(borgs)}`);
    }
    const note = `${pairs} alternating runs, scale ${scale}, medians of the ratios to ${restic}`;
    return {
      figures: [...writeFigures('restic', runs, note), ...readFigures('restic', runs, note), ...borgFigures(), crowd],
      skipped: borg
        ? []
        : [{ name: 'vault against borg', because: 'borg is not installed (apt-get install borgbackup)' }],
    };

    function borgFigures(): Figure[] {
      const beside = `the same runs, beside ${borg}`;
      return borg ? [...writeFigures('borg', besideBorg, beside), ...readFigures('borg', besideBorg, beside)] : [];
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Many tasks over several vaults in one process: the memory of a busy crawler, but for its sockets. */
async function crowded(corpus: string, vault: string): Promise<Figure> {
  await promisify(execFile)('sync');
  const written = await writeCrowd(corpus, vault);
  return {
    name: 'vault write, peak RSS with 2 workers and 50 tasks over 5 vaults',
    unit: 'MiB',
    measured: written.peakRssMib,
    asked: { is: '≤', value: RSS_ASKED_MIB },
    behind:
      "The measured process also holds an index of every chunk that it wrote, of about 100 bytes each, which grows with the corpus; a crawler asks storage's.",
    note: `${written.items} items, ${mb(written.bytes)} MB; the index of the run, about 100 bytes a chunk, is held in memory too`,
  };
}

const mb = (bytes: number) => Math.round(bytes / 1e6);

function shown({ backup, change, restore, verify, storedBytes }: OurRun | PeerRun): string {
  const seconds = [backup, change, restore, verify].map(({ wallSeconds }) => wallSeconds.toFixed(1)).join(', ');
  return `write, change, restore, verify ${seconds} s; write ${backup.cpuSeconds.toFixed(1)} CPU s, ${mb(storedBytes)} MB`;
}
