import { AppError, type PackName, type SnapshotId } from '@holdfast/kernel';
import { canResume } from '../commit/decide-fence.js';
import type { ItemRecord } from '../item-record.js';
import { Ledger, type LedgerTotals } from '../ledger/ledger.js';
import { type Word, Words, type WordSum } from '../ledger/words.js';
import { decodeItemRecord, encodeItemRecord } from '../records/item-record-codec.js';
import { getValue, putValue } from '../records/stored-value.js';
import { type Checkpoint, getCheckpoint, putCheckpoint, withLatePacks } from '../runs/checkpoint.js';
import { growTrees } from '../runs/grow-trees.js';
import { RunWriter } from '../runs/run-writer.js';
import type { RunChange } from '../runs/run-change.js';
import { itemsTree } from '../trees/items-tree.js';
import type { LogRow } from '../trees/log-tree.js';
import type { TreeContext } from '../trees/merkle-tree.js';
import { cursorsTree, type OwedItem, owedTree } from '../trees/small-trees.js';
import { textKey } from '../trees/text-key.js';
import type { TreeRoot } from '../trees/tree-root.js';
import { DraftLog } from './draft-log.js';
import { itemsWithout, type ListedItem, listedItems } from './listed-items.js';
import type { SnapshotBody } from './snapshot-body.js';
import { Turns } from './turns.js';

/** Packs that the reference to a checkpoint names itself: about what one flush finishes. */
const MAX_LATE_PACKS = 1000;

/** Figures of a checkpoint that keep the books of words. */
const WORDS = { items: 'wordItems', sum: 'wordSum' } as const;

/** The snapshot that a new one builds on. */
export interface ParentSnapshot {
  readonly id: SnapshotId;
  readonly body: SnapshotBody;
  /** Retention let it go: the new one follows its name and builds on nothing that it held; `body` is empty. */
  readonly isNameOnly?: boolean;
}

export interface DraftOptions {
  readonly context: TreeContext;
  readonly parent: ParentSnapshot | undefined;
  /** The set and resource whose snapshot it is; a checkpoint of another chain is refused. */
  readonly chain?: string;
  /** What {@link SnapshotDraft.checkpoint} answered to an earlier holder of the task. */
  readonly checkpoint?: Uint8Array;
  /** Bytes of changes held before they are sealed; 4 MiB unless given. */
  readonly bufferBytes?: number;
  /** Packs that this holder's chunks lie in, complete after a flush: what the task's writer tells. */
  readonly newPacks?: () => Iterable<PackName>;
}

/** What a draft knows of some items. */
export interface KnownItems {
  /** As the snapshot would have them now; ids that it would lack are absent. */
  readonly records: ReadonlyMap<string, ItemRecord>;
  /** The last word of this task on them; ids that it has not spoken of are absent. */
  readonly words: ReadonlyMap<string, Word>;
}

interface DraftState {
  readonly chain: string;
  readonly parent: ParentSnapshot | undefined;
  readonly runs: RunWriter;
  readonly cursor: Readonly<Record<string, string>> | undefined;
  readonly owed: Map<string, OwedItem>;
  readonly log: DraftLog;
  readonly work: Map<string, number>;
  readonly words: Words;
  readonly isResumed: boolean;
  readonly bufferBytes: number | undefined;
  /** Packs of earlier holders of the task. */
  readonly earlierPacks: ReadonlySet<PackName>;
  readonly newPacks: () => Iterable<PackName>;
}

/**
 * The snapshot that a task is making. Items are put, removed or marked as seen in any order and any number of times, the last word
 * counts; a checkpoint makes all of it durable; {@link finish} makes the trees. Calls may overlap. Memory is bounded but for what is owed.
 */
export class SnapshotDraft {
  readonly #turns = new Turns();
  #lackingFolders: readonly string[] = [];

  private constructor(
    private readonly context: TreeContext,
    private readonly state: DraftState,
  ) {}

  /** Starts on the parent, or goes on from a checkpoint of the same parent; a checkpoint of another one is ignored. */
  static async open({
    context,
    parent,
    chain = '',
    checkpoint,
    bufferBytes,
    newPacks = () => [],
  }: DraftOptions): Promise<SnapshotDraft> {
    const saved = checkpoint && (await getCheckpoint(context, checkpoint, chain));
    // What was done on all that the parent held is worthless where nothing of it is left, and the reverse.
    const isOnSame = saved?.isOnNameOnly === (parent?.isNameOnly === true);
    const resumed = saved && isOnSame && canResume(saved, parent?.id) ? saved : undefined;
    const cursors = (resumed ?? parent?.body)?.cursors;
    const owed = new Map<string, OwedItem>();
    for await (const [id, item] of owedTree(context).scan((resumed ?? parent?.body)?.owed)) owed.set(id, item);
    return new SnapshotDraft(context, {
      parent,
      chain,
      runs: new RunWriter(context, {
        ...(resumed && { runs: resumed.runs }),
        ...(bufferBytes !== undefined && { bufferBytes }),
      }),
      cursor: cursors && (await readCursor(context, cursors)),
      owed,
      log: new DraftLog(context, resumed?.log),
      work: new Map(Object.entries(resumed?.work ?? {}).filter(([name]) => name !== WORDS.items && name !== WORDS.sum)),
      words: new Words({ items: resumed?.work[WORDS.items] ?? 0, sum: resumed?.work[WORDS.sum] ?? 0 }),
      isResumed: resumed !== undefined,
      bufferBytes,
      earlierPacks: new Set(resumed?.packs),
      newPacks,
    });
  }

  get isResumed(): boolean {
    return this.state.isResumed;
  }

  /** There is no snapshot before it. */
  get isFirst(): boolean {
    return this.state.parent === undefined;
  }

  /** Where reading goes on: the checkpoint's cursor, else the parent's. Undefined means from the beginning. */
  get cursor(): Readonly<Record<string, string>> | undefined {
    return this.state.cursor;
  }

  /** Packs that the task's chunks lie in, those of earlier holders included. Complete after {@link finish}. */
  get packs(): ReadonlySet<PackName> {
    return new Set([...this.state.earlierPacks, ...this.state.newPacks()]);
  }

  /** Folders that the trees of the last {@link finish} list items in and do not hold: a thousand at most, mostly none. */
  get lackingFolders(): readonly string[] {
    return this.#lackingFolders;
  }

  /** What is owed at this moment, by item id. */
  get owed(): ReadonlyMap<string, OwedItem> {
    return this.state.owed;
  }

  /** What was told so far: the books of whoever tells it go on from here. */
  get words(): WordSum {
    return this.state.words;
  }

  async known(ids: readonly string[]): Promise<KnownItems> {
    const changes = await this.#lastWords(ids);
    const fromParent = ids.filter((_, at) => changes[at] === undefined || changes[at] === 'seen');
    const old = await itemsTree(this.context).getMany(this.state.parent?.body.items, fromParent);
    const records = new Map<string, ItemRecord>();
    const words = new Map<string, Word>();
    for (const [at, id] of fromParent.entries()) {
      const record = old[at];
      if (record) records.set(id, record);
    }
    for (const [at, id] of ids.entries()) {
      const change = changes[at];
      if (change instanceof Uint8Array) records.set(id, await this.#readRecord(change));
      const word = typeof change === 'string' ? change : records.get(id);
      if (change !== undefined && word !== undefined) words.set(id, word);
    }
    return { records, words };
  }

  /** Which of the ids this task has put, removed or seen. */
  async handled(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const changes = await this.#lastWords(ids);
    return new Set(ids.filter((_, at) => changes[at] !== undefined));
  }

  /** Items that the parent snapshot lists in the folder (`''`: at the top) and that this task has not handled. */
  unhandledIn(parentId: string): AsyncGenerator<ListedItem> {
    return this.#unhandled(parentId);
  }

  /** Items of the parent snapshot that this task has not handled. */
  unhandled(): AsyncGenerator<ListedItem> {
    return this.#unhandled(undefined);
  }

  /** Items that trees of this draft list in the folder, or all that they hold. */
  listed(body: SnapshotBody, parentId: string | undefined): AsyncGenerator<ListedItem> {
    return listedItems(this.context, body, parentId);
  }

  /** The item is as `record` says; nothing is owed for it any more. `previous` is this task's word on it so far, from {@link known}. */
  async put(id: string, record: ItemRecord, previous?: Word): Promise<void> {
    this.state.owed.delete(id);
    const value = await putValue(this.context.store, encodeItemRecord(record));
    await this.#change(id, value, () => this.state.words.say(id, record, previous));
  }

  /** The item is gone from the source, with proof. */
  async remove(id: string, previous?: Word): Promise<void> {
    this.state.owed.delete(id);
    await this.#change(id, 'gone', () => this.state.words.say(id, 'gone', previous));
  }

  /** The item was seen at the source as the snapshot has it. */
  async seen(id: string, previous?: Word): Promise<void> {
    await this.#change(id, 'seen', () => this.state.words.say(id, 'seen', previous));
  }

  /** The item failed this time: the next run reads it first. */
  owe(id: string, item: OwedItem): void {
    this.state.owed.set(id, item);
  }

  /** Nothing is owed for the item any more. */
  settle(id: string): void {
    this.state.owed.delete(id);
  }

  /** Adds to a figure of the run. */
  addWork(name: string, amount: number): void {
    this.state.work.set(name, (this.state.work.get(name) ?? 0) + amount);
  }

  async log(row: LogRow): Promise<void> {
    if (this.state.log.add(row)) await this.#turns.run(() => this.state.log.write());
  }

  /** Makes all that was told so far durable, up to this cursor; the answer opens it again. */
  checkpoint(cursor: Readonly<Record<string, string>> | undefined): Promise<Uint8Array> {
    return this.#turns.run(() => this.#checkpoint(cursor));
  }

  async #checkpoint(cursor: Readonly<Record<string, string>> | undefined): Promise<Uint8Array> {
    const checkpoint: Omit<Checkpoint, 'packs'> = {
      chain: this.state.chain,
      parent: this.state.parent?.id,
      isOnNameOnly: this.state.parent?.isNameOnly === true,
      runs: await this.state.runs.seal(),
      cursors: await this.#writeCursor(cursor),
      owed: await this.#writeOwed(),
      log: await this.state.log.write(),
      work: {
        ...Object.fromEntries(this.state.work),
        [WORDS.items]: this.state.words.items,
        [WORDS.sum]: this.state.words.sum,
      },
    };
    for (;;) {
      const { packs } = this;
      const reference = await putCheckpoint(this.context.store, { ...checkpoint, packs });
      await this.context.store.flush();
      const late = this.packs.difference(packs);
      if (late.size <= MAX_LATE_PACKS) return withLatePacks(reference, late);
    }
  }

  /**
   * Makes the trees; all that the body refers to is durable when it resolves. After more changes it may be called again. `told` are
   * the books of whoever told the draft: INTERNAL where they say something else than the trees were made from.
   */
  finish(
    cursor: Readonly<Record<string, string>>,
    rest: Pick<LedgerTotals, 'unexplained'> & Pick<SnapshotBody, 'setDefinition'> = { unexplained: 0 },
    told?: WordSum,
  ): Promise<SnapshotBody> {
    return this.#turns.run(() => this.#finish(cursor, rest, told));
  }

  async #finish(
    cursor: Readonly<Record<string, string>>,
    rest: Pick<LedgerTotals, 'unexplained'> & Pick<SnapshotBody, 'setDefinition'>,
    told: WordSum | undefined,
  ): Promise<SnapshotBody> {
    const { parent, runs, owed, work, bufferBytes } = this.state;
    const ledger = new Ledger(parent?.body.ledger);
    const before = { items: parent?.body.items, folders: parent?.body.folders };
    const options = bufferBytes === undefined ? {} : { bufferBytes };
    const grown = await growTrees(this.context, before, () => runs.merged(), ledger, options);
    if (told) requireAgreement(grown.words, told);
    const { items, folders } = grown;
    this.#lackingFolders = grown.lackingFolders;
    const body: SnapshotBody = {
      items,
      folders,
      cursors: await this.#writeCursor(cursor),
      owed: await this.#writeOwed(),
      log: await this.state.log.write(),
      ledger: ledger.totals({ owed: owed.size, unexplained: rest.unexplained, work: Object.fromEntries(work) }),
      ...(rest.setDefinition !== undefined && { setDefinition: rest.setDefinition }),
    };
    await this.context.store.flush();
    return body;
  }

  async #change(id: string, value: RunChange['value'], note: () => void): Promise<void> {
    if (id === '' || id.includes('\0'))
      throw new AppError('INVALID_ARGUMENT', 'An item id is not empty and has no NUL.', { context: { field: 'id' } });
    await this.#turns.run(() => {
      note();
      return this.state.runs.put({ key: textKey(id), value });
    });
  }

  #lastWords(ids: readonly string[]): Promise<(RunChange['value'] | undefined)[]> {
    return this.#turns.run(() => this.state.runs.getMany(ids.map(textKey)));
  }

  async *#unhandled(folder: string | undefined): AsyncGenerator<ListedItem> {
    const { parent } = this.state;
    if (parent) yield* itemsWithout(this.listed(parent.body, folder), (ids) => this.handled(ids));
  }

  async #readRecord(stored: Uint8Array): Promise<ItemRecord> {
    return decodeItemRecord(await getValue(this.context.store, stored, 'item record'));
  }

  #writeCursor(cursor: Readonly<Record<string, string>> | undefined): Promise<TreeRoot | undefined> {
    return cursorsTree(this.context).build(Object.entries(cursor ?? {}));
  }

  #writeOwed(): Promise<TreeRoot | undefined> {
    return owedTree(this.context).build(this.state.owed);
  }
}

function requireAgreement(merged: Words, { items, sum }: WordSum): void {
  if (merged.agreesWith({ items, sum })) return;
  throw new AppError(
    'INTERNAL',
    `The ledger does not balance: words on ${items} items were said and words on ${merged.items} came to the trees, or other ones.`,
    { context: { said: items, came: merged.items } },
  );
}

async function readCursor(context: TreeContext, root: TreeRoot): Promise<Record<string, string>> {
  const scopes: [string, string][] = [];
  for await (const entry of cursorsTree(context).scan(root)) scopes.push(entry);
  return Object.fromEntries(scopes);
}
