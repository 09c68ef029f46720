import { resourceParts, type TenantId, type VaultId } from '@holdfast/kernel';
import { isFolder, type ItemKind } from '@holdfast/vault';
import type { SourceChange, SourceRecord } from '@holdfast/workloads';
import type { LiveCandidate } from '../domain/plan-step.js';
import { liveLikeness } from './likenesses.js';
import type { LiveFacts, LiveItems, LiveQuestion } from './live-items.port.js';
import { candidate } from './asked-target.js';
import type { FoundFolder, LiveTarget, Sought, SoughtFolder } from './live-target.port.js';
import type { PlanKeys } from './plan-keys.js';
import type { PlanSource } from './plans.port.js';
import type { TargetAccess } from './target-access.port.js';
import { unreadItem } from './unread-item.js';

const BATCH = 500;

export interface Planned {
  readonly tenant: TenantId;
  readonly planId: string;
  readonly vaultId: VaultId;
  readonly source: PlanSource;
}

/** A target that was listed once, for plans about many items: the requests are those of its pages. Of any size. */
export class ListedTarget implements LiveTarget {
  constructor(
    private readonly access: Pick<TargetAccess, 'reader' | 'writer'>,
    private readonly items: LiveItems,
    private readonly keys: PlanKeys,
    private readonly plan: Planned,
    private readonly signal: AbortSignal,
  ) {}

  async list(): Promise<void> {
    const { tenant, planId, source } = this.plan;
    let batch: LiveFacts[] = [];
    const flush = async () => {
      const facts = batch;
      batch = [];
      if (facts.length > 0) await this.items.add(tenant, planId, source.targetId, facts);
    };
    for await (const change of this.access.reader.enumerate(undefined, this.signal)) {
      if (change.type === 'removed') {
        await flush();
        await this.items.remove(tenant, planId, source.targetId, change.id, change.fromParentId);
      }
      const facts = this.#told(change);
      if (facts && batch.push(facts) >= BATCH) await flush();
    }
    await flush();
  }

  async find(sought: readonly Sought[]): Promise<readonly (readonly LiveCandidate[])[]> {
    const { tenant, planId, source } = this.plan;
    const questions = sought.map((one) => ({
      itemId: one.itemId,
      place: this.#place(one.folderId, one.name, one.record.kind),
    }));
    const found = await this.items.find(tenant, planId, source.targetId, questions);
    const items = found.filter((facts) => !facts.isFolder);
    const candidates = questions.map(({ itemId, place }): LiveCandidate[] =>
      items
        .filter((facts) => facts.id === itemId || facts.origin === itemId || (place !== '' && facts.place === place))
        .map((facts) => ({ ...facts, hasSameName: place !== '' && facts.place === place })),
    );
    await this.#addCopiesUnread(sought, candidates);
    return candidates;
  }

  /** Of what could not be read nobody knows what it is a copy of: where there is such an item, a copy of a missing one is asked for. */
  async #addCopiesUnread(sought: readonly Sought[], candidates: LiveCandidate[][]): Promise<void> {
    const missing = sought.flatMap((one, at) => {
      const { folderId } = one;
      const mayBeCopy = candidates[at]?.length === 0 && one.itemId !== '' && one.record.kind === 'message';
      return mayBeCopy && folderId !== undefined ? [{ at, one, folderId, place: this.#unreadPlace(folderId) }] : [];
    });
    if (missing.length === 0) return;
    const { tenant, planId, vaultId, source } = this.plan;
    const places = [...new Set(missing.map(({ place }) => place))].map((place) => ({ itemId: '', place }));
    const unread = await this.items.find(tenant, planId, source.targetId, places);
    for (const { at, one, folderId, place } of missing) {
      if (!unread.some((facts) => facts.place === place)) continue;
      const copy = await this.access.writer.findCopy(unreadItem(vaultId, one, folderId), this.signal);
      if (copy) candidates[at]?.push(this.#digested(candidate(copy, false)));
    }
  }

  #digested(live: LiveCandidate): LiveCandidate {
    return { ...live, likeness: this.digest(live.likeness) };
  }

  /** By what it is, where that is known; else by its place, for folders were listed too. */
  async findFolder({ way, parentId, isTop }: SoughtFolder): Promise<FoundFolder | undefined> {
    const step = way.at(-1);
    if (isTop || !step || typeof step.record?.properties['wellKnownName'] === 'string') {
      const id = await this.access.writer.findFolder(way, this.signal);
      return id === undefined ? undefined : { id };
    }
    if (parentId === undefined) return undefined;
    const kind = this.#isDrive ? 'drive-folder' : 'mail-folder';
    const found = await this.#find({ itemId: '', place: this.#place(parentId, step.name, kind) });
    return found.find((facts) => facts.isFolder);
  }

  async findFolderById(id: string): Promise<FoundFolder | undefined> {
    const found = await this.#find({ itemId: id, place: '' });
    return found.find((facts) => facts.isFolder && facts.id === id);
  }

  #find(question: LiveQuestion): Promise<readonly LiveFacts[]> {
    const { tenant, planId, source } = this.plan;
    return this.items.find(tenant, planId, source.targetId, [question]);
  }

  digest(likeness: string): string {
    return this.keys.digest('likeness', likeness);
  }

  #told(change: SourceChange): LiveFacts | undefined {
    if (change.type === 'item' || change.type === 'skipped') return this.#facts(change.id, change.record);
    if (change.type !== 'unreadable') return undefined;
    const { id, kind, parentId } = change;
    const unknown = { origin: undefined, changeTag: undefined, likeness: '' };
    return { id, isFolder: isFolder(kind), parentId, ...unknown, place: this.#unreadPlace(parentId) };
  }

  /** Where items stand that could not be read. */
  #unreadPlace(folderId: string): string {
    return this.keys.digest('unread', folderId);
  }

  #facts(id: string, record: SourceRecord): LiveFacts {
    return {
      id,
      isFolder: isFolder(record.kind),
      parentId: record.parentId,
      origin: record.origin,
      changeTag: record.changeTag,
      likeness: this.digest(liveLikeness(record)),
      place: this.#place(record.parentId, record.name, record.kind),
    };
  }

  get #isDrive(): boolean {
    return resourceParts(this.plan.source.targetId).workload === 'drive';
  }

  /** Names are unique in a folder: in a drive whatever their case, in a mailbox those of folders and of saved searches. Messages have none. */
  #place(folderId: string | undefined, name: string, kind: ItemKind): string {
    if (folderId === undefined) return '';
    if (this.#isDrive) return this.keys.digest('place', folderId, name.toLowerCase());
    return kind === 'message' ? '' : this.keys.digest('place', folderId, name);
  }
}
