import { AppError, type Clock, isAppError, type ResourceId, type TenantId } from '@holdfast/kernel';
import { count } from '@holdfast/platform';
import { isFolder, type ContentRef, type ItemRecord } from '@holdfast/vault';
import { isFatal, isItemsOwn } from '../domain/fatal-failure.js';
import type { ByteRoom } from './byte-room.js';
import { FolderReferences } from './folder-references.js';
import { ItemPaths } from './item-paths.js';
import type { OpenedSnapshot, OpenedVault } from './opened-vault.js';
import { failedStep, performStep } from './perform-step.js';
import type { Plan, Plans, Step, StepEnd } from './plans.port.js';
import type { TargetAccess } from './target-access.port.js';
import { TargetFolders } from './target-folders.js';
import { isTargetTrouble } from './target-trouble.js';

/** Steps begun and ended together: as many are looked for again after a crash. */
const PAGE = 60;
/** Steps of one target that are performed at the same time: of a mailbox Microsoft answers four requests at a time. */
export const STEPS_AT_ONCE = 4;
/** A piece that is sent, the next one, and what is read ahead. */
const FILE_BYTES = 28 * 1024 * 1024;
/** Steps that failed one after the other, and not for what their items are: by then it is something else. */
const MAX_FAILURES_IN_A_ROW = 25;

export interface TargetRunOptions {
  readonly tenant: TenantId;
  readonly plan: Plan;
  readonly target: ResourceId;
  readonly targetFolder: string;
  readonly epoch: number;
  readonly vault: OpenedVault;
  readonly access: TargetAccess;
  readonly plans: Plans;
  readonly room: ByteRoom;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Other restores wrote to the target since the plan was made. */
  readonly isOvertaken: boolean;
  readonly onUnexpected: (itemId: string, error: unknown) => void;
}

interface SourceTools {
  readonly snapshot: OpenedSnapshot;
  readonly paths: ItemPaths;
  readonly references: FolderReferences;
}

/** A step and how it ended. */
interface Ended {
  readonly step: Step;
  readonly end: StepEnd;
}

type Undone = { readonly step: Step; readonly record: ItemRecord };

/** Performs the open steps of one target, in order, page by page; each is journalled before it is made. */
export class TargetRun {
  readonly #sources = new Map<number, SourceTools>();
  readonly #folders: TargetFolders;
  /** Failures in a row, journalled once a later step succeeds or there is none: what the run breaks off for is tried again. */
  #row: Ended[] = [];
  /** Why the last of them failed. */
  #rowCause: unknown;
  /** Beside folders, of which most are there. */
  #hasMadeItems = false;
  #isBroken = false;
  #items = 0;
  #written = 0;
  readonly #onWritten = () => {
    this.#written += 1;
  };
  #bytes = 0;

  constructor(private readonly options: TargetRunOptions) {
    this.#folders = new TargetFolders(options.access.writer, options.targetFolder, options.signal);
  }

  /** Items and bytes that this run has written. */
  get done(): { readonly items: number; readonly bytes: number } {
    return { items: this.#items, bytes: this.#bytes };
  }

  /** Items that the writer has written and no step of this run asked for, or the reverse: as many as were doubled or lost. */
  get unexplained(): number {
    return Math.abs(this.options.access.writer.written - this.#written);
  }

  async run(): Promise<void> {
    const { plan, target, vault } = this.options;
    // Those to come later, too, have to be there still when their turn comes.
    const release = vault.hold(plan.sources.filter(({ targetId }) => targetId === target));
    try {
      await this.#pages();
    } finally {
      release();
    }
  }

  async #pages(): Promise<void> {
    const { tenant, plan, target, plans, epoch, signal } = this.options;
    for (let after = 0; ;) {
      signal.throwIfAborted();
      const page = await plans.open(tenant, plan.planId, target, after, PAGE);
      const last = page.at(-1);
      if (!last) {
        await this.#endRun();
        return;
      }
      await plans.begin(
        tenant,
        plan.planId,
        page.map(({ number }) => number),
        epoch,
      );
      await this.#page(page);
      after = last.number;
    }
  }

  /** What failed among others that were done failed for itself. Where nothing at all was done Microsoft is away, and all is tried again later. */
  async #endRun(): Promise<void> {
    if (!this.#hasMadeItems && isAppError(this.#rowCause) && this.#rowCause.retry === 'later') throw this.#rowCause;
    await this.#journal(this.#row);
  }

  /** Ends what was made even when a later step of the page breaks the run off. */
  async #page(page: readonly Step[]): Promise<void> {
    const ended: Ended[] = [];
    try {
      const undone = await this.#records(page, ended);
      await this.#warm(undone);
      for (const one of undone) if (isFolder(one.record.kind)) ended.push(...(await this.#attempt(one)));
      const items = undone.filter(({ record }) => !isFolder(record.kind)).values();
      const work = async () => {
        for (const one of items) {
          ended.push(...(await this.#attempt(one)));
          if (this.#isBroken) return;
        }
      };
      const lanes = await Promise.allSettled(Array.from({ length: STEPS_AT_ONCE }, work));
      const broken = lanes.find((lane) => lane.status === 'rejected');
      if (broken) throw broken.reason;
    } finally {
      await this.#journal(ended);
    }
  }

  async #journal(ended: readonly Ended[]): Promise<void> {
    const { tenant, plan, plans, epoch } = this.options;
    const ends = ended.map(({ end }) => end);
    await plans.end(tenant, plan.planId, ends, epoch);
    for (const { step, end } of ended) count('holdfast.restore.steps', 1, { action: step.action, outcome: end.state });
  }

  async #records(page: readonly Step[], ended: Ended[]): Promise<Undone[]> {
    const undone = new Map<number, Undone>();
    for (const [source, steps] of Map.groupBy(page, (step) => step.source)) {
      const { snapshot } = await this.#source(source);
      const { vault, body } = snapshot;
      const records = await vault.items.getMany(
        body.items,
        steps.map(({ itemId }) => itemId),
      );
      for (const [at, step] of steps.entries()) {
        const record = records[at];
        if (record) undone.set(step.number, { step, record });
        else ended.push({ step, end: failedStep(step, snapshotLacks()) });
      }
    }
    return [...undone.values()].sort((a, b) => a.step.number - b.step.number);
  }

  /** Small contents of the page, with few reads. */
  async #warm(undone: readonly Undone[]): Promise<void> {
    const refs = undone.flatMap(({ record }): ContentRef[] => [
      ...(record.content ? [record.content] : []),
      ...Object.values(record.extras ?? {}),
    ]);
    // What cannot be read is found out item by item.
    await this.options.vault.reader.warm(refs).catch(() => undefined);
  }

  /** The steps whose end is known by it: a failure in a row is not yet. */
  async #attempt(undone: Undone): Promise<readonly Ended[]> {
    const { signal, room } = this.options;
    signal.throwIfAborted();
    const { step, record } = undone;
    try {
      const bytes = record.content?.bytes ?? 0;
      const end = await (step.action === 'create-folder'
        ? this.#makeFolder(undone)
        : room.run(weightOf(record), () => this.#makeItem(undone)));
      this.#items += 1;
      this.#bytes += bytes;
      this.#hasMadeItems ||= step.action !== 'create-folder';
      return [...this.#endRow(), { step, end }];
    } catch (error) {
      return this.#failed(undone, error);
    }
  }

  /** One bad item never ends a restore. */
  #failed({ step }: Undone, error: unknown): readonly Ended[] {
    this.options.signal.throwIfAborted();
    this.#isBroken ||= isFatal(error);
    const ended = { step, end: failedStep(step, error) };
    if (ended.end.errorCode === 'INTERNAL') this.options.onUnexpected(step.itemId, error);
    if (isItemsOwn(error) && !isTargetTrouble(error)) return [ended];
    this.#rowCause = error;
    this.#isBroken ||= this.#row.push(ended) >= MAX_FAILURES_IN_A_ROW;
    if (this.#isBroken) throw error;
    return [];
  }

  /** What failed before a success failed for itself, unless the run is broken off by then. */
  #endRow(): readonly Ended[] {
    if (this.#isBroken) return [];
    const row = this.#row;
    this.#row = [];
    return row;
  }

  async #makeFolder({ step, record }: Undone): Promise<StepEnd> {
    const { paths } = await this.#source(step.source);
    const path = [...(await paths.to(record.parentId)), { id: step.itemId, record }];
    const isThere = (await this.#folders.find(path)) !== undefined;
    const madeId = await this.#folders.ensure(path);
    return {
      number: step.number,
      itemId: step.itemId,
      state: 'done',
      errorCode: '',
      errorMessage: '',
      madeId: isThere && step.state === 'planned' ? '' : madeId,
      madeTag: '',
      isVerified: true,
      losses: '',
    };
  }

  async #makeItem({ step, record }: Undone): Promise<StepEnd> {
    const { vault, access, signal, isOvertaken } = this.options;
    const { paths, references } = await this.#source(step.source);
    const folderId = await this.#folders.ensure(await paths.to(record.parentId));
    // A copy that is kept beside is rare, and looking for it makes sure that there is one.
    const lookFirst = step.state === 'doing' || isOvertaken || step.action === 'keep-both';
    const tools = {
      vaultId: vault.id,
      writer: access.writer,
      reader: vault.reader,
      signal,
      onWritten: this.#onWritten,
    };
    const placed = await references.placed(record, (path) => this.#folders.ensure(path));
    return performStep({ step, record: placed, folderId, lookFirst }, tools);
  }

  async #source(number: number): Promise<SourceTools> {
    const known = this.#sources.get(number);
    if (known) return known;
    const source = this.options.plan.sources.find((one) => one.number === number);
    if (!source) throw new AppError('INTERNAL', 'A step names a source that its plan does not have.');
    const snapshot = await this.options.vault.snapshot(source.resourceId, source.snapshotId);
    const paths = new ItemPaths(snapshot);
    const tools = { snapshot, paths, references: new FolderReferences(paths) };
    this.#sources.set(number, tools);
    return tools;
  }
}

/** Bytes held while an item is written: a short message with its attachments in each of its forms, of all else the pieces under way. */
function weightOf({ kind, content }: ItemRecord): number {
  const bytes = content?.bytes ?? 0;
  return Math.min(kind === 'message' ? 3 * bytes : bytes, FILE_BYTES);
}

function snapshotLacks(): AppError {
  return new AppError('VAULT_OBJECT_INVALID', 'The snapshot lacks the item.');
}
