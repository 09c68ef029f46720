import type { Installation } from '../installation.js';

const FILE_KIB = 256;
const SLOW_BYTES_PER_SECOND = 1024 * 1024;
/** How much may have been read and not be stored: sealed packs, batches on their way and what the sockets hold. */
const MOST_AHEAD_BYTES = 160 * 1024 * 1024;
/** The slow stretch, of which the first half fills what may be held and the second half shows the rate. */
const SLOW_MS = 120_000;
/** A rate that rises and falls with whole packs is not met to the byte. */
const TOLERANCE = 2;

/** A drive whose destination takes bytes in at 1 MiB/s for two minutes: reading falls to that rate, and memory stays as it is. */
export async function slowDestination(installation: Installation, items: number): Promise<void> {
  const { api, clock, sampler, upload } = installation;
  const of = await installation.protect(
    { users: 1, messages: 0, files: items, isPlain: true, fileKib: FILE_KIB },
    'drive',
  );
  upload.limit(SLOW_BYTES_PER_SECOND);
  const { jobId } = await api.startBackup(of.tenantId, of.setId);
  await sampler.phase('slow: filling', () => clock.sleep(SLOW_MS / 2));
  const before = await read(installation);
  await sampler.phase('slow: full', () => clock.sleep(SLOW_MS / 2));
  const after = await read(installation);
  const rate = ((after.bytes - before.bytes) * 1000) / (SLOW_MS / 2);
  const requests = ((after.requests - before.requests) * 1000) / (SLOW_MS / 2);
  const ahead = after.bytes - upload.passedBytes;
  if (before.bytes === 0) throw new Error('Nothing was read, so nothing was slowed down.');
  if (after.bytes > items * FILE_KIB * 1024 * 0.8)
    throw new Error('Nearly all was read while the destination was slow: more --items are needed to show anything.');
  if (rate > TOLERANCE * SLOW_BYTES_PER_SECOND)
    throw new Error(`The destination takes ${SLOW_BYTES_PER_SECOND} bytes a second, and ${rate.toFixed(0)} are read.`);
  if (ahead > MOST_AHEAD_BYTES) throw new Error(`${ahead} bytes were read that are not stored.`);
  upload.limit(Infinity);
  await sampler.phase('open', () => installation.ended(of.tenantId, jobId));
  installation.tell(
    `While the destination took ${toMib(SLOW_BYTES_PER_SECOND)} MiB/s, ${toMib(rate)} MiB/s and ${requests.toFixed(1)} files/s were read; ` +
      `at most ${toMib(ahead)} MiB were read and not stored.`,
  );
}

const toMib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);

/** Contents that the simulator has given away so far. */
async function read({ simulator }: Installation): Promise<{ readonly requests: number; readonly bytes: number }> {
  const totals = await simulator.control.requestTotals();
  const contents = totals.filter(({ route }) => route.includes('/download/'));
  return {
    requests: contents.reduce((sum, line) => sum + line.requests, 0),
    bytes: contents.reduce((sum, line) => sum + line.bytesOut, 0),
  };
}
