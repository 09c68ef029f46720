import type { Installation } from '../installation.js';

const FILE_KIB = 256;
const SLOW_BYTES_PER_SECOND = 1024 * 1024;
/** How much may have been read and not be stored: sealed packs, batches on their way and what the sockets hold. */
const MOST_AHEAD_BYTES = 160 * 1024 * 1024;
/** How often reading is looked at until it has slowed down, and for how long at most. */
const LOOK_MS = 5_000;
const SLOWED_WITHIN_MS = 300_000;
/** How long it then has to stay slow. */
const SLOW_MS = 30_000;
/** A rate that rises and falls with whole packs of 16 MiB is not met to the byte. */
const MOST_BYTES_PER_SECOND = 2 * SLOW_BYTES_PER_SECOND;

/**
 * A drive whose destination takes 1 MiB in a second: once what may be held is full, files are read at that rate, and memory stays
 * as it is. Then the destination is as fast as any, and the backup ends.
 */
export async function slowDestination(installation: Installation, items: number): Promise<void> {
  const { api, sampler, upload } = installation;
  const of = await installation.protect(
    { users: 1, messages: 0, files: items, isPlain: true, fileKib: FILE_KIB },
    'drive',
  );
  upload.limit(SLOW_BYTES_PER_SECOND);
  const { jobId } = await api.startBackup(of.tenantId, of.setId);
  await sampler.phase('filling', () => untilSlow(installation));
  const slow = await sampler.phase('slow', () => rateOver(installation, SLOW_MS));
  const ahead = slow.readBytes - upload.passedBytes;
  if (slow.readBytes > items * FILE_KIB * 1024 * 0.8)
    throw new Error('Nearly all was read while the destination was slow: more --items are needed to show anything.');
  if (slow.bytesPerSecond > MOST_BYTES_PER_SECOND)
    throw new Error(`${toMib(slow.bytesPerSecond)} MiB/s are read, ${toMib(SLOW_BYTES_PER_SECOND)} are stored.`);
  if (ahead > MOST_AHEAD_BYTES) throw new Error(`${toMib(ahead)} MiB were read that are not stored.`);
  upload.limit(Infinity);
  const open = await sampler.phase('open', () => untilEnded(installation, of.tenantId, jobId));
  installation.tell(
    `While the destination took ${toMib(SLOW_BYTES_PER_SECOND)} MiB/s, ${toMib(slow.bytesPerSecond)} MiB/s were read in ` +
      `${slow.filesPerSecond.toFixed(1)} files/s, and ${toMib(Math.max(0, ahead))} MiB were read and not stored; afterwards ` +
      `${toMib(open.bytesPerSecond)} MiB/s in ${open.filesPerSecond.toFixed(1)} files/s.`,
  );
}

interface Rate {
  readonly bytesPerSecond: number;
  readonly filesPerSecond: number;
  /** Of all contents so far. */
  readonly readBytes: number;
}

/** Resolves when something was read and no more than the destination takes is being read. */
async function untilSlow(installation: Installation): Promise<void> {
  for (let waitedMs = 0; waitedMs < SLOWED_WITHIN_MS; waitedMs += LOOK_MS) {
    const { bytesPerSecond, readBytes } = await rateOver(installation, LOOK_MS);
    if (readBytes > 0 && bytesPerSecond <= MOST_BYTES_PER_SECOND) return;
  }
  throw new Error(`Reading has not slowed down within ${SLOWED_WITHIN_MS / 1000} s of a slow destination.`);
}

async function rateOver({ simulator, clock }: Installation, ms: number): Promise<Rate> {
  const before = await contentsRead({ simulator });
  await clock.sleep(ms);
  return rateSince(before, await contentsRead({ simulator }), ms);
}

async function untilEnded(installation: Installation, tenantId: string, jobId: string): Promise<Rate> {
  const startedAt = installation.clock.now();
  const before = await contentsRead(installation);
  await installation.ended(tenantId, jobId);
  return rateSince(before, await contentsRead(installation), installation.clock.now() - startedAt);
}

interface Read {
  readonly files: number;
  readonly bytes: number;
}

function rateSince(before: Read, after: Read, ms: number): Rate {
  return {
    bytesPerSecond: ((after.bytes - before.bytes) * 1000) / ms,
    filesPerSecond: ((after.files - before.files) * 1000) / ms,
    readBytes: after.bytes,
  };
}

/** Contents that the simulator has given away so far. */
async function contentsRead({ simulator }: Pick<Installation, 'simulator'>): Promise<Read> {
  const contents = (await simulator.control.requestTotals()).filter(({ route }) => route.includes('/download/'));
  return {
    files: contents.reduce((sum, line) => sum + line.requests, 0),
    bytes: contents.reduce((sum, line) => sum + line.bytesOut, 0),
  };
}

const toMib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
