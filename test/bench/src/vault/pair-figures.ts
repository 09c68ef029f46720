import { type Figure, median } from '../figure.js';
import type { TimedProcess } from '../timed-process.js';
import type { OurRun, SinkRead } from './our-run.js';
import type { PeerRun } from './restic.js';

/** Our run and another's beside it. */
export interface Pair {
  readonly ours: OurRun;
  readonly theirs: PeerRun;
}

type Peer = 'restic' | 'borg';

/** Why a figure is missed where it is. */
const BEHIND = {
  write:
    'Every content is hashed as a whole and again by its chunks, messages are taken apart, and catalogue and trees are written too. Starting the ' +
    'process and its threads takes half a second, which weighs the more the smaller the corpus.',
  stored: 'At the scale of the table fewer mails repeat each other than at scale 1, where the ratio was 0.886.',
  change:
    'Half a second of it is the start of the process and its threads, and reading where the chunks lie, which a database knows at once.',
  restore:
    'Every chunk is proven by its tag and its id, and every content by its SHA-256 again: small ones where their chunks are opened, long ones in the ' +
    'one thread that writes the files.',
  sink: 'Two hashes a byte, as for files; and the start of the process, the trailers of all packs and the tree of items count, which the bytes do not show.',
} as const;

/** A write beside the peer's: less is better. Goals are set beside restic alone. */
export function writeFigures(peer: Peer, pairs: readonly Pair[], note: string): Figure[] {
  const figure = (
    name: string,
    value: number,
    key: string,
    behind: keyof typeof BEHIND,
    of: (run: PeerRun) => number,
  ): Figure => ({
    name: `vault write, ${name}${besideBorg(peer)}`,
    unit: `× ${peer}`,
    measured: median(pairs.map(({ ours, theirs }) => of(ours) / of(theirs))),
    ...(peer === 'restic' && { asked: { is: '≤', value }, behind: BEHIND[behind], key: { group: 'vault', name: key } }),
    note,
  });
  return [
    figure('wall time', 0.6, 'wallRatio', 'write', ({ backup }) => backup.wallSeconds),
    figure('CPU time', 0.55, 'cpuRatio', 'write', ({ backup }) => backup.cpuSeconds),
    figure('stored bytes', 0.9, 'storedRatio', 'stored', ({ storedBytes }) => storedBytes),
    figure('1 % change, wall time', 0.5, 'changeRatio', 'change', ({ change }) => change.wallSeconds),
  ];
}

/** Reading beside the peer's: speeds, more is better; and what our reading comes to by itself. */
export function readFigures(peer: Peer, pairs: readonly Pair[], note: string): Figure[] {
  const figure = (name: string, value: number, key: string, of: (run: PeerRun) => TimedProcess): Figure => ({
    name: `vault ${name}${besideBorg(peer)}`,
    unit: `× ${peer}`,
    measured: median(pairs.map(({ ours, theirs }) => of(theirs).wallSeconds / of(ours).wallSeconds)),
    ...(peer === 'restic' && { asked: { is: '≥', value }, behind: BEHIND.restore, key: { group: 'vault', name: key } }),
    note,
  });
  const sink = (name: string, value: number, of: (run: OurRun) => SinkRead): Figure => ({
    name: `vault restore to a sink, per core, ${name}`,
    unit: 'MB/s',
    measured: median(pairs.map(({ ours }) => of(ours).bytes / 1e6 / of(ours).took.cpuSeconds)),
    asked: { is: '≥', value },
    behind: BEHIND.sink,
    note: 'bytes by CPU seconds of the whole process, which opens and proves in one thread; its start and the reading of all trailers included',
  });
  return [
    figure('restore to files, speed', 1.2, 'restoreRatio', ({ restore }) => restore),
    figure('verify of all data, speed', 1.5, 'verifyRatio', ({ verify }) => verify),
    ...(peer === 'restic'
      ? [sink('mail', 300, ({ mailToSink }) => mailToSink), sink('Office files', 800, ({ filesToSink }) => filesToSink)]
      : []),
  ];
}

const besideBorg = (peer: Peer) => (peer === 'borg' ? ' beside borg' : '');
