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

/** A write beside the peer's: less is better. Goals are set beside restic alone. */
export function writeFigures(peer: Peer, pairs: readonly Pair[], note: string): Figure[] {
  const figure = (name: string, value: number, key: string, of: (run: PeerRun) => number): Figure => ({
    name: `vault write, ${name}${besideBorg(peer)}`,
    unit: `× ${peer}`,
    measured: median(pairs.map(({ ours, theirs }) => of(ours) / of(theirs))),
    ...(peer === 'restic' && { asked: { is: '≤', value }, key: { group: 'vault', name: key } }),
    note,
  });
  return [
    figure('wall time', 0.6, 'wallRatio', ({ backup }) => backup.wallSeconds),
    figure('CPU time', 0.55, 'cpuRatio', ({ backup }) => backup.cpuSeconds),
    figure('stored bytes', 0.9, 'storedRatio', ({ storedBytes }) => storedBytes),
  ];
}

/** Reading beside the peer's: speeds, more is better; and what our reading comes to by itself. */
export function readFigures(peer: Peer, pairs: readonly Pair[], note: string): Figure[] {
  const figure = (name: string, value: number, key: string, of: (run: PeerRun) => TimedProcess): Figure => ({
    name: `vault ${name}${besideBorg(peer)}`,
    unit: `× ${peer}`,
    measured: median(pairs.map(({ ours, theirs }) => of(theirs).wallSeconds / of(ours).wallSeconds)),
    ...(peer === 'restic' && { asked: { is: '≥', value }, key: { group: 'vault', name: key } }),
    note,
  });
  const sink = (name: string, value: number, of: (run: OurRun) => SinkRead): Figure => ({
    name: `vault restore to a sink, per core, ${name}`,
    unit: 'MB/s',
    measured: median(pairs.map(({ ours }) => of(ours).bytes / 1e6 / of(ours).took.cpuSeconds)),
    asked: { is: '≥', value },
    note: 'bytes by CPU seconds of the whole process, its start and the reading of all trailers included',
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
