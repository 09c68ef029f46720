import type { TaskReport } from '@holdfast/contracts';
import { AppError, isAppError, type Clock, type ErrorCode, type PackName, type SnapshotId } from '@holdfast/kernel';
import type { Logger } from '@holdfast/platform';
import {
  sealSnapshot,
  SigningKey,
  Words,
  type FolderCounts,
  type SnapshotBody,
  type SnapshotDraft,
} from '@holdfast/vault';
import { listAfresh, WHOLE_SCOPE, type Cursor } from '@holdfast/workloads';
import type { HeldTask, Progress, TaskDesk, TaskEnd } from '@holdfast/worker';
import { randomBytes } from 'node:crypto';
import type { TaskShare } from '../domain/task-share.js';
import { endOf, WORK, type Work } from './task-end.js';
import { ContentWriter } from './content-writer.js';
import { folderDifferences } from './folder-differences.js';
import { Exclusions } from './exclusions.js';
import { openDraft } from './open-draft.js';
import { performCommit } from './perform-commit.js';
import type { ResourceAccess } from './resource-access.port.js';
import { Relisting } from './relisting.js';
import { ResourceReading } from './resource-reading.js';
import { treesWithFolders } from './trees-with-folders.js';

/** Times that change tracking is followed again while the service's counts disagree with ours. */
const QUIET_ROUNDS = 3;

export interface RunOptions {
  readonly access: ResourceAccess;
  readonly held: HeldTask;
  readonly desk: TaskDesk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly checkpointEvery: number;
  readonly share: TaskShare;
}

/** One run over one resource: read, reconcile, commit. */
export class ResourceRun {
  readonly #figures = new Map<Work, number>();
  readonly #told = new Map<Work, number>();
  readonly #startedAt: number;
  #words = new Words();
  #itemsDone = 0;
  #sinceCheckpoint = 0;
  /** The next holder of the task would go on from a checkpoint. */
  #hasCheckpoint: boolean;
  #hasBegunAnew = false;
  readonly #exclusions: Exclusions;

  constructor(private readonly options: RunOptions) {
    this.#startedAt = options.clock.now();
    this.#exclusions = new Exclusions(new Set(options.held.lease.excludedItemIds));
    this.#hasCheckpoint = options.held.lease.checkpoint !== undefined;
  }

  /** How many items an increment will meet is not known before it has met them. */
  progress(): Progress {
    const { requests, throttled, requestMs } = this.options.access.totals();
    const bytesDone = this.#figures.get('contentBytes') ?? 0;
    return { itemsDone: this.#itemsDone, itemsExpected: 0, bytesDone, requests, throttled, requestMs };
  }

  /** What the run asked of Microsoft. */
  requests(): Pick<TaskReport, 'requests' | 'resourceUnits' | 'throttled'> {
    const { requests, resourceUnits, throttled } = this.options.access.totals();
    return { requests, resourceUnits, throttled };
  }

  /** What a checkpoint refers to may be lost with the packs it lies in: then the next holder begins without it. */
  async run(): Promise<TaskEnd> {
    try {
      return await this.#run();
    } catch (error) {
      if (!isAppError(error, 'PACKS_LOST') || this.#hasBegunAnew) throw error;
      // The parent lies there, and nothing can stand in for it: only the destination's return helps.
      if (!this.#hasCheckpoint) throw new AppError('STORE_UNAVAILABLE', error.message, error.details);
      await this.#beginAnew();
      throw error;
    }
  }

  async #run(): Promise<TaskEnd> {
    const { access, held, share } = this.options;
    const { lease } = held;
    const options = {
      context: access.context,
      parent: access.head,
      chain: `${lease.backupSetId ?? ''}/${lease.resourceId}`,
      bufferBytes: share.changeBytes,
      newPacks: () => access.newPacks(),
      ...(lease.checkpoint && { checkpoint: lease.checkpoint }),
    };
    const draft = await openDraft(options, this.options.clock, this.options.logger);
    this.#hasCheckpoint = draft.isResumed;
    this.#words = new Words(draft.words);
    // A full check enumerates everything, but a resumed one goes on from where it was.
    const from = lease.fullCheck && !draft.isResumed && draft.cursor ? listAfresh(draft.cursor) : draft.cursor;
    let cursor = await this.#read(draft, from);
    // What went or changed under our hands is told of by now: with proof, or as it is.
    if (hasMissed(draft)) cursor = await this.#read(draft, cursor);
    let body = await this.#trees(draft, cursor);
    let differing = await this.#differences(draft, body);
    for (let round = 1; differing.length > 0 && round <= QUIET_ROUNDS; round += 1) {
      // What moved meanwhile is followed first; what differs even then is listed afresh.
      if (round < QUIET_ROUNDS) cursor = await this.#read(draft, cursor);
      else cursor = await this.#relist(draft, cursor, { body, folders: foldersOf(differing) });
      body = await this.#trees(draft, cursor);
      differing = await this.#differences(draft, body);
    }
    if (differing.length > 0) body = await this.#nameDifferences(draft, cursor, differing);
    const snapshotId = await this.#commit(body, draft.packs);
    return endOf(body.ledger, this.progress(), snapshotId);
  }

  #read(draft: SnapshotDraft, from: Cursor | undefined): Promise<Cursor> {
    return this.#reading(draft).run(from);
  }

  #relist(
    draft: SnapshotDraft,
    cursor: Cursor,
    { body, folders }: { readonly body: SnapshotBody; readonly folders: readonly string[] },
  ): Promise<Cursor> {
    const relisting = new Relisting(this.options.access.context, draft, body);
    return this.#reading(draft).run(afresh(cursor, folders), relisting);
  }

  #reading(draft: SnapshotDraft): ResourceReading {
    const { access, held, clock, logger, share } = this.options;
    const contents = new ContentWriter(access.reader, access.writer, held.signal, (stats) => {
      this.#add('contentBytes', stats.originalBytes);
      this.#add('newBytes', stats.newBytes);
      this.#add('storedBytes', stats.storedBytes);
      this.#add('deduplicatedBytes', stats.dedupedBytes);
    });
    return new ResourceReading({
      reader: access.reader,
      draft,
      words: this.#words,
      contents,
      clock,
      signal: held.signal,
      share,
      exclusions: this.#exclusions,
      damaged: access.damaged,
      onItem: () => {
        this.#itemsDone += 1;
        this.#sinceCheckpoint += 1;
      },
      onPause: (safe) => this.#mayCheckpoint(draft, safe),
      onUnexpected: (itemId, error) => logger.error('An item could not be read', { itemId, error }),
    });
  }

  /** Called where the draft is at rest. */
  async #mayCheckpoint(draft: SnapshotDraft, safe: Cursor): Promise<void> {
    if (this.#sinceCheckpoint < this.options.checkpointEvery) return;
    this.#sinceCheckpoint = 0;
    this.#tellWork(draft);
    const checkpoint = await draft.checkpoint(safe);
    await this.options.desk.saveCheckpoint(this.options.held.grant, checkpoint);
    this.#hasCheckpoint = true;
  }

  async #beginAnew(): Promise<void> {
    await this.options.desk.saveCheckpoint(this.options.held.grant, new Uint8Array(0));
    this.#hasBegunAnew = true;
  }

  #trees(draft: SnapshotDraft, cursor: Cursor, unexplained = 0): Promise<SnapshotBody> {
    return treesWithFolders(draft, {
      finish: () => this.#finish(draft, cursor, unexplained),
      settle: (folders, body) => this.#reading(draft).settleFolders(folders, body),
      owe: (body) => this.#reading(draft).oweFolders(body),
    });
  }

  /** Books that do not balance end the task without a snapshot, and its next holder begins anew. */
  async #finish(draft: SnapshotDraft, cursor: Cursor, unexplained = 0): Promise<SnapshotBody> {
    this.#tellWork(draft);
    try {
      return await draft.finish(cursor, { unexplained }, this.#words);
    } catch (error) {
      if (isAppError(error, 'INTERNAL')) await this.#beginAnew();
      throw error;
    }
  }

  #differences(draft: SnapshotDraft, body: SnapshotBody): Promise<readonly FolderCounts[]> {
    const { access, held } = this.options;
    return folderDifferences({ draft, context: access.context, reader: access.reader, signal: held.signal }, body);
  }

  async #nameDifferences(
    draft: SnapshotDraft,
    cursor: Cursor,
    folders: readonly FolderCounts[],
  ): Promise<SnapshotBody> {
    for (const { parentId, sourceAfter, listed, owed } of folders)
      await draft.log({
        at: this.options.clock.now(),
        about: 'unexplained',
        itemId: parentId,
        counts: { atSource: sourceAfter, inSnapshot: listed + owed },
        code: 'COUNT_DIFFERS',
        reason: 'The service counts other items in this folder than it lists.',
      });
    return this.#trees(draft, cursor, folders.length);
  }

  /** Packs that are gone cannot be sent again: what they held has been read and forgotten. */
  #commit(body: SnapshotBody, newPacks: ReadonlySet<PackName>): Promise<SnapshotId> {
    const { access, held, clock } = this.options;
    const deeds = {
      flush: () => access.writer.flush(),
      seal: () => this.#seal(body, newPacks),
      request: (sealed: Uint8Array) => access.commit(sealed),
      beginAnew: () => this.#beginAnew(),
    };
    return performCommit(deeds, clock, held.signal);
  }

  async #seal(body: SnapshotBody, newPacks: ReadonlySet<PackName>): Promise<Uint8Array> {
    const { access, held, clock } = this.options;
    const { lease } = held;
    if (!lease.backupSetId) throw new AppError('INTERNAL', 'The task of a backup names no backup set.');
    const key = SigningKey.fromSeed(randomBytes(32));
    const header = {
      tenant: lease.tenantId,
      vault: lease.vaultId,
      set: lease.backupSetId,
      resource: lease.resourceId,
      job: lease.jobId,
      epoch: lease.epoch,
      generation: access.generation,
      number: (access.head?.number ?? 0) + 1,
      parent: access.head?.id,
      jobStartedAt: lease.jobStartedAtMs,
      startedAt: this.#startedAt,
      finishedAt: clock.now(),
      timeZone: lease.timeZone,
      newPacks: [...newPacks],
      certificate: await access.certify(key),
    };
    return sealSnapshot({ header, body }, access.keys, key, randomBytes);
  }

  #add(name: Work, amount: number): void {
    this.#figures.set(name, (this.#figures.get(name) ?? 0) + amount);
  }

  /** Brings the draft's figures up to date; a resumed draft holds those of earlier holders already. */
  #tellWork(draft: SnapshotDraft): void {
    for (const [name, value] of Object.entries(this.requests())) this.#figures.set(name as Work, value);
    for (const name of WORK) {
      const now = this.#figures.get(name) ?? 0;
      draft.addWork(name, now - (this.#told.get(name) ?? 0));
      this.#told.set(name, now);
    }
  }
}

/** Failures of an item that was not, or not as it was told, when its content was asked for. */
const MISSED: ReadonlySet<string> = new Set<ErrorCode>(['GRAPH_NOT_FOUND', 'CONFLICT']);

function hasMissed(draft: SnapshotDraft): boolean {
  return draft.owed.values().some(({ code }) => MISSED.has(code));
}

function foldersOf(differing: readonly FolderCounts[]): string[] {
  return differing.map(({ parentId }) => parentId);
}

/** A cursor that has the differing folders listed afresh: one by one, or all where the reader knows one scope only. */
function afresh(cursor: Cursor, scopes: readonly string[]): Cursor {
  return listAfresh(cursor, cursor[WHOLE_SCOPE] === undefined ? scopes : [WHOLE_SCOPE]);
}
