import type { Installation } from '../installation.js';
import { lookAround } from './walk.js';

const NAME = 'large.bin';

/** One file of very many bytes: backed up, left alone, and read back whole. */
export async function largeFile(installation: Installation, bytes: number): Promise<void> {
  const { api, sampler, simulator } = installation;
  const of = await installation.protect({ users: 1, messages: 0, files: 1, isPlain: true }, 'drive');
  const [user] = await simulator.control.users(of.directoryId);
  await simulator.control.mutate(of.directoryId, {
    workload: 'drive',
    user: user?.id ?? '',
    op: 'create-file',
    path: `Plain/${NAME}`,
    content: { form: 'repeating', bytes },
  });
  const mib = bytes / 1024 / 1024;
  const { jobId } = await sampler.phase('full', () => installation.backUp(of), mib);
  await sampler.phase('increment', () => installation.backUp(of));
  const { place, folderId } = await lookAround(installation, of, jobId, /^Plain$/);
  const sources = [{ resourceId: place.resourceId, itemIds: [folderId] }];
  const exported = await sampler.phase(
    'export',
    () => api.exportBytes(of.tenantId, { from: { jobId }, sources, format: 'zip' }),
    mib,
  );
  if (exported < bytes) throw new Error(`The export has ${exported} bytes, the file ${bytes}.`);
}
