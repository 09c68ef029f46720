import type { BackupSetId, JobId, PackName, RandomBytes, ResourceId, TenantId, VaultId } from '@holdfast/kernel';
import {
  type ContentRef,
  issueTaskCertificate,
  type ItemRecord,
  type ParentSnapshot,
  sealSnapshot,
  SigningKey,
  SnapshotDraft,
  snapshotIdOf,
  type TaskWriter,
  type VaultKeys,
  VaultReader,
  VaultStore,
  VaultWriter,
} from '@holdfast/vault';
import type { MemoryPacks } from './memory-packs.js';
import type { Story, StoryContent, StoryItem, StoryStep } from './story.js';
import { CHUNKS } from './vault-kinds.js';

/** Which snapshot it is. */
export interface SnapshotIdentity {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly set: BackupSetId;
  readonly resource: ResourceId;
  readonly job: JobId;
  readonly generation: number;
  /** From 1; also the story's step. */
  readonly number: number;
}

export interface SnapshotTask {
  readonly packs: MemoryPacks;
  readonly keys: VaultKeys;
  readonly random: RandomBytes;
  /** Certifies the task. */
  readonly vaultKey: SigningKey;
  readonly identity: SnapshotIdentity;
  /** When the job started, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly timeZone: string;
  readonly parent: ParentSnapshot | undefined;
  readonly story: Story;
}

/** How long a task of the stories takes. */
const TASK_MS = 120_000;
const CERTIFIED_MS = 3_600_000;

/** Does what a crawler does for one resource in one job: stores what the step finds changed, grows the trees, seals and signs. */
export async function writeSnapshot(
  task: SnapshotTask,
): Promise<{ readonly object: Uint8Array; readonly head: ParentSnapshot }> {
  const { packs, keys, random, parent, identity, story } = task;
  const step = story.steps[identity.number - 1];
  if (!step) throw new RangeError('The story has no such step.');
  const vault = new VaultWriter({ keys, lookup: packs.lookup, sink: packs.sink, random, chunks: CHUNKS });
  const writer = vault.forTask(packs.lookup);
  const context = { store: new VaultStore(writer, new VaultReader({ keys, source: packs })), treeKey: keys.treeKey };
  const draft = await SnapshotDraft.open({ context, parent, newPacks: () => writer.newPacks });
  await tell(draft, writer, step);
  const body = await draft.finish(step.cursor);
  vault.close();
  const object = seal(task, { body, newPacks: [...draft.packs] });
  return { object, head: { id: snapshotIdOf(object), body } };
}

async function tell(draft: SnapshotDraft, writer: TaskWriter, step: StoryStep): Promise<void> {
  for (const item of step.put ?? []) await draft.put(item.id, await recordOf(writer, item));
  for (const id of step.removed ?? []) await draft.remove(id);
  for (const [id, owed] of Object.entries(step.owed ?? {})) draft.owe(id, owed);
  for (const row of step.log ?? []) await draft.log(row);
  draft.addWork('requests', step.put?.length ?? 0);
}

async function recordOf(writer: TaskWriter, { record, content, extras }: StoryItem): Promise<ItemRecord> {
  const stored: Record<string, ContentRef> = {};
  for (const [name, extra] of Object.entries(extras ?? {})) stored[name] = await store(writer, extra);
  return {
    ...record,
    bytes: content?.bytes.byteLength ?? 0,
    ...(content && { content: await store(writer, content) }),
    ...(extras && { extras: stored }),
  };
}

async function store(writer: TaskWriter, { form, bytes }: StoryContent): Promise<ContentRef> {
  const { ref } = await (form === 'mime' ? writer.writeMail([bytes]) : writer.writeContent([bytes]));
  return ref;
}

function seal(
  task: SnapshotTask,
  { body, newPacks }: Pick<ParentSnapshot, 'body'> & { readonly newPacks: readonly PackName[] },
): Uint8Array {
  const { keys, random, vaultKey, identity, startedAt, timeZone, parent } = task;
  const taskKey = SigningKey.fromSeed(random(32));
  const { job, number, ...certified } = identity;
  const covered = { ...certified, epoch: number };
  const certificate = issueTaskCertificate(
    { ...covered, publicKey: taskKey.publicKey, notAfter: startedAt + CERTIFIED_MS },
    vaultKey,
  );
  const header = {
    ...covered,
    job,
    number,
    parent: parent?.id,
    jobStartedAt: startedAt,
    startedAt: startedAt + 1000,
    finishedAt: startedAt + TASK_MS,
    timeZone,
    newPacks,
    certificate,
  };
  return sealSnapshot({ header, body }, keys, taskKey, random);
}
