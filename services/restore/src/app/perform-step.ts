import { AppError, isAppError, type VaultId } from '@holdfast/kernel';
import type { ContentRef, ItemRecord, VaultReader } from '@holdfast/vault';
import type { LiveItem, RestoreItem, WorkloadWriter } from '@holdfast/workloads';
import { withSuffix } from '../domain/keep-both-name.js';
import { liveLikeness, savedLikeness } from './likenesses.js';
import type { Step, StepEnd } from './plans.port.js';

export interface StepWork {
  readonly step: Step;
  readonly record: ItemRecord;
  /** Live folder that the item goes into. */
  readonly folderId: string;
  /** The step may have been made before, wholly or in part: look first. */
  readonly lookFirst: boolean;
}

export interface StepTools {
  readonly vaultId: VaultId;
  readonly writer: WorkloadWriter;
  readonly reader: VaultReader;
  readonly signal: AbortSignal;
  /** Called for each item that the writer says to have written. */
  readonly onWritten: () => void;
}

/** Makes one item at the target what the plan says, if the target still is what the plan saw. A repeat finds what it made before. */
export async function performStep(work: StepWork, tools: StepTools): Promise<StepEnd> {
  const item = restoreItem(work, tools);
  const written =
    work.step.action === 'overwrite' ? await overwrite(work, item, tools) : await create(work, item, tools);
  const made = isAsSaved(written, item) ? written : await lookAgain(written, tools);
  // What was put back onto itself keeps what no restore could make.
  const losses = made.id === work.step.liveId ? [] : await tools.writer.lossesOf(item);
  return {
    number: work.step.number,
    itemId: work.step.itemId,
    state: 'done',
    errorCode: '',
    errorMessage: '',
    madeId: made.id,
    madeTag: made.record.changeTag ?? '',
    isVerified: isAsSaved(made, item) || (await isAsSavedByContent(made, item, tools)),
    losses: losses.join(' '),
  };
}

/** Where the service has not told a hash yet, or tells one otherwise, the content itself says what it is. */
async function isAsSavedByContent(made: LiveItem, item: RestoreItem, { writer, signal }: StepTools): Promise<boolean> {
  const { contentTag } = item.record;
  if (contentTag === undefined || !(await writer.hasContentOf(made, item, signal))) return false;
  return isAsSaved({ ...made, record: { ...made.record, contentTag } }, item);
}

async function create(
  { lookFirst }: StepWork,
  item: RestoreItem,
  { writer, signal, onWritten }: StepTools,
): Promise<LiveItem> {
  const made = lookFirst ? await writer.findRestored(item, signal) : undefined;
  if (made) return made;
  try {
    const created = await writer.create(item, signal);
    onWritten();
    return created;
  } catch (error) {
    // Who took the name may have done so with the same content: then there is nothing left to do.
    const same = isAppError(error, 'ALREADY_EXISTS') ? await writer.findRestored(item, signal) : undefined;
    if (same) return same;
    throw error;
  }
}

/** Hashes of files may come a moment after the upload. */
async function lookAgain(written: LiveItem, { writer, signal }: StepTools): Promise<LiveItem> {
  return (await writer.findById(written.id, written.record.kind, signal)) ?? written;
}

async function overwrite(
  work: StepWork,
  item: RestoreItem,
  { writer, signal, onWritten }: StepTools,
): Promise<LiveItem> {
  const { step, lookFirst } = work;
  const live = await writer.findById(step.liveId, item.record.kind, signal);
  if (lookFirst) {
    const made = await finishOverwrite({ step, live }, item, { writer, signal });
    if (made) return made;
  }
  if (!live) throw changed(step, 'is gone');
  const isAsSeen = (live.record.changeTag ?? '') === step.liveTag;
  // A try that was cut short may have given the item its state and not yet its place. Where its content is the snapshot's, going on
  // loses nobody's words.
  if (!isAsSeen && !(lookFirst && (await writer.hasContentOf(live, item, signal)))) throw changed(step, 'was changed');
  const overwritten = await writer.overwrite(live, item, signal);
  onWritten();
  return overwritten;
}

/** What an earlier try had made: the item anew with the old one still there, or all of it. */
async function finishOverwrite(
  { step, live }: { readonly step: Step; readonly live: LiveItem | undefined },
  item: RestoreItem,
  { writer, signal }: Pick<StepTools, 'writer' | 'signal'>,
): Promise<LiveItem | undefined> {
  if (live && isAsSaved(live, item)) return live;
  // A message with its old content is put back itself, so no try made it anew: what is found beside is another restore's copy.
  if (live && item.record.kind === 'message' && (await writer.hasContentOf(live, item, signal))) return undefined;
  const made = await writer.findRestored(item, signal);
  // The live item may itself be an older restore's, and waits to be overwritten.
  if (!made || made.id === live?.id) return undefined;
  const isReplaced = item.record.kind === 'message' && (live?.record.changeTag ?? '') === step.liveTag;
  if (live && isReplaced) await writer.remove(live, signal);
  return made;
}

function isAsSaved({ record }: LiveItem, item: RestoreItem): boolean {
  const { likeness, copyLikeness } = savedLikeness({ ...item.record, name: item.name });
  const live = liveLikeness(record);
  return (
    record.parentId === item.folderId && (live === likeness || (record.origin !== undefined && live === copyLikeness))
  );
}

function restoreItem({ step, record, folderId }: StepWork, { vaultId, reader }: StepTools): RestoreItem {
  const read = (ref: ContentRef | undefined): AsyncIterable<Uint8Array> => {
    if (ref) return wholeContent(ref, reader);
    throw new AppError('VAULT_OBJECT_INVALID', 'The snapshot holds no content of the item.', {
      context: { itemId: step.itemId },
    });
  };
  return {
    vault: vaultId,
    itemId: step.itemId,
    record,
    folderId,
    name: withSuffix(record.name, step.suffix),
    content: () => read(record.content),
    extra: (name) => {
      const ref = record.extras?.[name];
      return ref && wholeContent(ref, reader);
    },
  };
}

/** Exactly the bytes that the record counts, or an error: what is written is never a part of an item, nor more than it. */
async function* wholeContent(ref: ContentRef, reader: VaultReader): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of reader.readContent(ref)) {
    bytes += piece.byteLength;
    yield piece;
  }
  if (bytes === ref.bytes) return;
  throw new AppError('CHUNK_CORRUPT', 'A content has not the length that its record says.', {
    context: { bytes, expected: ref.bytes },
  });
}

function changed({ liveId }: Step, what: string): AppError {
  return new AppError(
    'CONFLICT',
    `The item at the target ${what} since the plan was made, so it was left alone. Make a new plan to see how it stands.`,
    { context: { liveId } },
  );
}

/** The end of a step that failed, in words that an operator may read. */
export function failedStep({ number, itemId }: Pick<Step, 'number' | 'itemId'>, error: unknown): StepEnd {
  const known = isAppError(error) ? error : undefined;
  return {
    number,
    itemId,
    state: 'failed',
    errorCode: known?.code ?? 'INTERNAL',
    errorMessage: known?.message ?? 'A defect of this program; its log has the details.',
    madeId: '',
    madeTag: '',
    isVerified: false,
    losses: '',
  };
}
