import { StorageModule } from '@holdfast/storage';
import { snapshotIdOf } from '@holdfast/vault';
import { StoragePackSink } from '@holdfast/worker';
import type { Traits } from '../mutation.js';
import { eachCall, listAnswer, listArgument, wrapMethod } from '../seam.js';
import type { Stage } from '../stage.js';
import { providedBy } from './classes.js';
import { digest, namedBy } from './elements.js';

interface IndexEntry {
  readonly chunkId: string;
}
interface Pack {
  readonly name: string;
  readonly bytes: Uint8Array;
}
interface Commit {
  readonly sealed: Uint8Array;
}

const chunkEntries: Traits<IndexEntry> = {
  ...namedBy<IndexEntry>('chunkId'),
  renamed: (entry) => ({ ...entry, chunkId: otherHex(entry.chunkId) }),
};

/** Chunks that are told to be missing. */
const chunkIds: Traits<string> = {
  nameOf: (id) => id,
  renamed: (id) => otherHex(id),
  crossed: (_, id) => id,
  payloadOf: (id) => id,
};

/** From the question which chunks are missing to the visible snapshot. */
export const storageStages: readonly Stage[] = [
  {
    name: 'pack put',
    part: 'storage',
    phase: 'backup',
    least: 2,
    open: (passage) =>
      wrapMethod(
        StoragePackSink.prototype,
        'put',
        eachCall(passage, () => packs),
      ),
  },
  {
    name: 'chunk look-up',
    part: 'storage',
    phase: 'backup',
    least: 8,
    // An id is all there is to an element: a double is the same set, and to swap two is to drop one.
    operations: ['drop'],
    open: (passage) =>
      wrapMethod(
        providedBy(StorageModule, 'FindMissing'),
        'run',
        listAnswer(passage, chunkIds, {
          in: (missing) => [...(missing as ReadonlySet<string>)],
          with: (_, missing) => new Set(missing),
        }),
      ),
  },
  {
    name: 'index entries',
    part: 'storage',
    phase: 'backup',
    least: 8,
    open: (passage) =>
      wrapMethod(
        providedBy(StorageModule, 'ChunkIndex'),
        'register',
        listArgument(passage, 2, chunkEntries, {
          in: (pack) => (pack as { entries: readonly IndexEntry[] }).entries,
          with: (pack, entries) => ({ ...(pack as object), entries }),
        }),
      ),
  },
  {
    name: 'commit',
    part: 'storage',
    phase: 'backup',
    least: 2,
    // A commit that is asked for twice is one commit: the protocol's own promise, which its exploration proves.
    operations: ['drop', 'swap'],
    open: (passage) =>
      wrapMethod(
        providedBy(StorageModule, 'CommitSnapshot'),
        'run',
        eachCall(passage, () => commits, committed),
      ),
  },
];

const packOf = ([pack]: readonly unknown[]) => pack as Pack;

/** The bytes are the writer's again when the call is answered, so one that waits keeps a copy. */
const packs: Traits<readonly unknown[]> = {
  nameOf: () => '',
  renamed: (args) => [{ ...packOf(args), name: otherHex(packOf(args).name) }],
  crossed: (name, payload) => [{ ...packOf(name), bytes: packOf(payload).bytes }],
  payloadOf: (args) => digest(packOf(args).bytes),
  cannotWait: true,
};

const commitOf = (args: readonly unknown[]) => args[1] as Commit;

const commits: Traits<readonly unknown[]> = {
  nameOf: ([claims]) => String((claims as { resource: unknown }).resource),
  renamed: (args) => args,
  crossed: (name, payload) => [name[0], commitOf(payload)],
  payloadOf: (args) => digest(commitOf(args).sealed),
  cannotWait: true,
};

/** The answer of a storage that believes to have committed. */
function committed(args: readonly unknown[]): object {
  const { tenant, vault, set, resource, job, epoch } = args[0] as Readonly<Record<string, unknown>>;
  return {
    tenantId: tenant,
    vaultId: vault,
    snapshotId: snapshotIdOf(commitOf(args).sealed),
    resourceId: resource,
    backupSetId: set,
    jobId: job,
    epoch,
    generation: 1,
    number: 1,
    parent: undefined,
    jobStartedAt: 0,
    committedAt: 0,
  };
}

/** Another id of the same shape. */
const otherHex = (hex: string) => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`;
