import { AppError, resourceParts, type WorkCost } from '@holdfast/kernel';
import type { ItemKind, ItemRecord } from '@holdfast/vault';
import { referredFolders } from '@holdfast/workloads';
import { costOf } from '../domain/estimate.js';
import { keepBothSuffix, withSuffix } from '../domain/keep-both-name.js';
import {
  besidePlanned,
  type ConflictPolicy,
  type LiveCandidate,
  type PlannedStep,
  planStep,
  type StepAction,
} from '../domain/plan-step.js';
import type { DraftsAsSaved } from './drafts-as-saved.js';
import { ItemPaths, type PathFolder } from './item-paths.js';
import { type SavedLikeness, savedLikeness } from './likenesses.js';
import type { LiveTarget } from './live-target.port.js';
import type { OpenedSnapshot } from './opened-vault.js';
import { FolderReferences } from './folder-references.js';
import { PlannedFolders } from './planned-folders.js';
import type { PlannedPlace, PlannedPlaces } from './planned-places.js';
import type { NewStep, PlanSource } from './plans.port.js';
import { Selection, type Selected } from './selection.js';
import { targetWay } from './target-way.js';

/** Items decided together. */
const BATCH = 200;
/** Copies of one name that are looked for before the plan gives up on a free one. */
const MAX_COPIES = 50;
const NO_CAUSE = '';

export interface SourcePlanning {
  readonly source: PlanSource;
  readonly snapshot: OpenedSnapshot;
  readonly live: LiveTarget;
  readonly drafts: DraftsAsSaved;
  readonly policy: ConflictPolicy;
  /** '' where all goes into the same-named folders. */
  readonly targetFolder: string;
  readonly plannedAt: Date;
  /** Places that other sources take at the same target; undefined where there are none. */
  readonly places: PlannedPlaces | undefined;
  readonly signal: AbortSignal;
}

type Undecided = Selected & {
  readonly saved: ItemRecord;
  /** As it is to be at the target. */
  readonly record: ItemRecord;
  readonly folderId: string | undefined;
};
export type UnnumberedStep = Omit<NewStep, 'number'>;

/** Plans one resource's part of a restore against its target, batch by batch, and adds up what it will take. */
export class SourcePlan {
  readonly #folders: PlannedFolders;
  readonly #references: FolderReferences;
  #requests = 0;
  #units = 0;
  #uploadBytes = 0;
  readonly #leftOut = new Set<string>();
  readonly #made = new Set<ItemKind>();
  /** The folder whose turn it is, which was chosen itself or by one above it. */
  #atFolder = '';

  constructor(private readonly planning: SourcePlanning) {
    const { live, targetFolder } = planning;
    this.#folders = new PlannedFolders({ live, targetFolder, mayPutBack: ({ id }) => this.#mayPutBack(id) });
    this.#references = new FolderReferences(new ItemPaths(planning.snapshot));
  }

  /** The steps, folders before what lies in them. */
  async *steps(): AsyncGenerator<UnnumberedStep> {
    const { snapshot, source, signal } = this.planning;
    let batch: Selected[] = [];
    for await (const selected of new Selection(snapshot, source.itemIds).items()) {
      signal.throwIfAborted();
      yield* this.#missing(selected.path);
      if (selected.isFolder && selected.record) {
        yield* this.#chosenFolder({ id: selected.id, record: selected.record }, selected.path);
        continue;
      }
      if (batch.push(selected) < BATCH) continue;
      yield* await this.#decide(batch);
      batch = [];
    }
    yield* await this.#decide(batch);
  }

  get cost(): WorkCost {
    const { workload } = resourceParts(this.planning.source.targetId);
    return { workload, requests: this.#requests, units: this.#units, uploadBytes: this.#uploadBytes };
  }

  /** Causes for which items have no content in the vault. */
  get leftOut(): ReadonlySet<string> {
    return this.#leftOut;
  }

  /** Kinds of items that are made anew. */
  get made(): ReadonlySet<ItemKind> {
    return this.#made;
  }

  *#chosen(step: UnnumberedStep): Generator<UnnumberedStep> {
    const { workload } = resourceParts(this.planning.source.targetId);
    const cost = costOf(workload, step.action, step.bytes);
    this.#requests += cost.requests;
    this.#units += cost.units;
    this.#uploadBytes += cost.uploadBytes;
    yield step;
  }

  async *#chosenFolder(folder: PathFolder, path: readonly PathFolder[]): AsyncGenerator<UnnumberedStep> {
    const { leftOut } = folder.record;
    if (leftOut) {
      yield* this.#chosen(this.#step(folder.id, 'skip', { cause: leftOut.cause }));
      return;
    }
    this.#atFolder = folder.id;
    yield* this.#missing([...path, folder]);
    const live = this.#folders.otherwiseSpelled(folder);
    if (live && this.planning.policy === 'overwrite') yield* this.#chosen(this.#step(folder.id, 'overwrite', { live }));
  }

  /** Only onto itself and only where it may overwrite; folders above what was chosen stay where they are. */
  #mayPutBack(folderId: string): boolean {
    const { source, policy, targetFolder } = this.planning;
    if (policy !== 'overwrite' || targetFolder !== '' || source.targetId !== source.resourceId) return false;
    return source.itemIds.length === 0 || folderId === this.#atFolder;
  }

  async *#missing(path: readonly PathFolder[]): AsyncGenerator<UnnumberedStep> {
    for (const { folder, strayed } of await this.#folders.missing(path)) {
      if (strayed) {
        yield* this.#chosen(this.#step(folder.id, 'overwrite', { live: strayed }));
        continue;
      }
      this.#made.add(folder.record.kind);
      yield* this.#chosen(this.#step(folder.id, 'create-folder', {}));
    }
  }

  async #decide(batch: readonly Selected[]): Promise<UnnumberedStep[]> {
    const { vault, body } = this.planning.snapshot;
    const records = await vault.items.getMany(
      body.items,
      batch.map(({ id }) => id),
    );
    const items: Undecided[] = [];
    for (const [at, selected] of batch.entries()) {
      const saved = records[at];
      if (!saved)
        throw new AppError('VAULT_OBJECT_INVALID', 'The snapshot lists an item that it has no record of.', {
          context: { itemId: selected.id },
        });
      const record = await this.#references.placed(saved, (path) => this.#liveId(path));
      items.push({ ...selected, saved, record, folderId: await this.#folders.idOf(selected.path) });
    }
    const sought = items.map(({ id, folderId, record }) => ({ itemId: id, record, folderId, name: record.name }));
    const candidates = await this.planning.live.find(sought);
    const places = items.map((item) => this.#placeOf(item, item.record));
    const planned = await this.#planned(places);
    const taken: PlannedPlace[] = [];
    const steps: UnnumberedStep[] = [];
    for (const [at, item] of items.entries()) {
      const saved = {
        itemId: item.id,
        targetFolderId: item.folderId,
        ...this.#likeness(item.record),
        ...knownVersion(item),
        ...leftOutOf(item.record),
      };
      const near = this.#near(candidates[at] ?? [], item.folderId);
      const alone = await this.#orAsSaved(item, planStep(saved, near, this.planning.policy));
      const decided = besidePlanned(alone, planned[at]);
      if (saved.leftOut !== undefined && decided.do === 'skip') this.#leftOut.add(saved.leftOut);
      if (decided.do === 'create' || decided.do === 'overwrite' || decided.do === 'keep-both') {
        this.#made.add(item.record.kind);
        for (const path of (await this.#references.of(item.saved)).values())
          for await (const step of this.#missing(path)) steps.push(step);
      }
      steps.push(...this.#chosen(await this.#stepOf(item, decided)));
      const place = places[at];
      if (place && decided.do !== 'skip' && decided.do !== 'keep-both') taken.push(place);
    }
    await this.planning.places?.take(taken);
    return steps;
  }

  /** A draft under its own id may be as it was saved, whatever its tag. */
  async #orAsSaved({ id, record, folderId }: Undecided, decided: PlannedStep): Promise<PlannedStep> {
    if (record.properties['isDraft'] !== true || decided.do === 'create' || decided.do === 'unchanged') return decided;
    // Without a tag it is one that could not be read.
    if (decided.live?.id !== id || decided.live.changeTag === undefined) return decided;
    if (!(await this.planning.drafts.has({ itemId: id, record, folderId }))) return decided;
    return { do: 'unchanged', live: decided.live };
  }

  /** Into a chosen folder go copies: what lies anywhere else stays as it is. */
  #near(candidates: readonly LiveCandidate[], folderId: string | undefined): readonly LiveCandidate[] {
    if (this.planning.targetFolder === '') return candidates;
    return candidates.filter(({ parentId }) => parentId !== undefined && parentId === folderId);
  }

  /** A folder that is not there yet has no id, and no live item refers to it. */
  async #liveId(path: readonly PathFolder[]): Promise<string> {
    return (await this.#folders.lookUp(path)) ?? `missing:${path.at(-1)?.id ?? ''}`;
  }

  async #stepOf(item: Undecided, decided: PlannedStep): Promise<UnnumberedStep> {
    const bytes = item.record.content?.bytes ?? item.record.bytes;
    switch (decided.do) {
      case 'create':
        return this.#step(item.id, 'create', { bytes });
      case 'skip':
        return this.#step(item.id, 'skip', { bytes, cause: decided.cause, live: decided.live });
      case 'overwrite':
      case 'unchanged':
        return this.#step(item.id, decided.do, { bytes, live: decided.live });
      case 'keep-both':
        return this.#copy(item, bytes);
    }
  }

  /** A copy under the first free name; one that is there already with this content is the copy. Mail needs no name. */
  async #copy(item: Undecided, bytes: number): Promise<UnnumberedStep> {
    const { live, plannedAt } = this.planning;
    for (let number = 1; number <= MAX_COPIES; number += 1) {
      const suffix = keepBothSuffix(plannedAt, number);
      const name = withSuffix(item.record.name, suffix);
      const record = { ...item.record, name };
      const [found = []] = await live.find([{ itemId: '', record, folderId: item.folderId, name }]);
      const [occupant] = found;
      const place = this.#placeOf(item, record);
      const [planned] = await this.#planned([place]);
      if (!occupant && planned === undefined) {
        if (place) await this.planning.places?.take([place]);
        return this.#step(item.id, 'keep-both', { bytes, suffix });
      }
      if (!occupant) continue;
      if (occupant.likeness === this.#likeness(record).likeness)
        return this.#step(item.id, 'unchanged', { bytes, live: occupant });
    }
    return this.#step(item.id, 'skip', { bytes, cause: 'no-free-name' });
  }

  /** Undefined for what has no name of its own: messages. */
  #placeOf({ path }: Selected, record: ItemRecord): PlannedPlace | undefined {
    const { places, targetFolder } = this.planning;
    if (!places || record.kind === 'message') return undefined;
    const way = [...targetWay(path, targetFolder).map((step) => step.name), record.name];
    return { kind: record.kind, way, likeness: savedLikeness(record).likeness };
  }

  async #planned(places: readonly (PlannedPlace | undefined)[]): Promise<readonly ('same' | 'other' | undefined)[]> {
    const named = places.filter((place) => place !== undefined);
    if (!this.planning.places || named.length === 0) return [];
    const found = (await this.planning.places.taken(named)).values();
    return places.map((place) => place && found.next().value);
  }

  #likeness(record: ItemRecord): SavedLikeness {
    const { likeness, copyLikeness } = savedLikeness(record);
    const { live } = this.planning;
    return { likeness: live.digest(likeness), copyLikeness: live.digest(copyLikeness) };
  }

  #step(
    itemId: string,
    action: StepAction,
    more: {
      readonly bytes?: number;
      readonly cause?: string;
      readonly suffix?: string;
      readonly live?: { readonly id: string; readonly changeTag?: string | undefined } | undefined;
    },
  ): UnnumberedStep {
    return {
      source: this.planning.source.number,
      targetId: this.planning.source.targetId,
      itemId,
      action,
      cause: more.cause ?? NO_CAUSE,
      suffix: more.suffix ?? '',
      liveId: more.live?.id ?? '',
      liveTag: more.live?.changeTag ?? '',
      bytes: more.bytes ?? 0,
    };
  }
}

/** An equal version proves an equal item, unless what the item refers to is to be another. */
function knownVersion({ saved, record }: Undecided): { readonly changeTag?: string } {
  const before = new Set(referredFolders(saved));
  const isSame = referredFolders(record).every((id) => before.has(id));
  return isSame && record.changeTag !== undefined ? { changeTag: record.changeTag } : {};
}

/** What cannot be restored, and why: left out for a cause, known without content, or of a sort that no interface makes. */
function leftOutOf({ leftOut, kind, content, properties }: ItemRecord): { readonly leftOut?: string } {
  if (leftOut) return { leftOut: leftOut.cause };
  if (kind === 'search-folder') return leftOutSearch(properties);
  if (kind === 'shortcut') return properties['remoteItem'] === undefined ? { leftOut: 'shortcut-without-target' } : {};
  return content ? {} : { leftOut: 'no-content' };
}

/** Graph makes only such searches as it can change, over folders that there are. [Graph documentation: resources/mailsearchfolder.md, isSupported] */
function leftOutSearch({ isSupported, sourceFolderIds }: ItemRecord['properties']): { readonly leftOut?: string } {
  if (isSupported === false) return { leftOut: 'search-not-editable' };
  return Array.isArray(sourceFolderIds) && sourceFolderIds.length > 0 ? {} : { leftOut: 'search-without-folders' };
}
