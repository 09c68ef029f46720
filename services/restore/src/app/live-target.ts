import { resourceParts, type TenantId } from '@holdfast/kernel';
import type { SourceRecord, WorkloadReader } from '@holdfast/workloads';
import { likenessOf } from '../domain/likeness.js';
import type { LiveCandidate } from '../domain/plan-step.js';
import { isFolder } from '../domain/folder-way.js';
import type { LiveFacts, LiveItems } from './live-items.port.js';
import type { PlanKeys } from './plan-keys.js';
import type { PlanSource } from './plans.port.js';

const BATCH = 500;

/** An item to look for at the target. */
export interface Sought {
  readonly itemId: string;
  readonly folderId: string | undefined;
  readonly name: string;
}

/** The items of one target as they are while a plan is made: listed once, looked up by what is sought. */
export class LiveTarget {
  constructor(
    private readonly items: LiveItems,
    private readonly keys: PlanKeys,
    private readonly plan: { readonly tenant: TenantId; readonly planId: string; readonly source: PlanSource },
  ) {}

  /** Lists the target. The requests are those of its pages: far fewer than asking for each item. */
  async list(reader: WorkloadReader, signal: AbortSignal): Promise<void> {
    let batch: LiveFacts[] = [];
    const flush = async () => {
      const facts = batch;
      batch = [];
      const { tenant, planId, source } = this.plan;
      if (facts.length > 0) await this.items.add(tenant, planId, source.targetId, facts);
    };
    for await (const change of reader.enumerate(undefined, signal)) {
      if (change.type === 'removed') {
        await flush();
        await this.#remove(change.id, change.fromParentId);
      }
      if (change.type !== 'item' && change.type !== 'skipped') continue;
      if (batch.push(this.#facts(change.id, change.record)) >= BATCH) await flush();
    }
    await flush();
  }

  /** The candidates of each, in the order sought. */
  async find(sought: readonly Sought[]): Promise<readonly (readonly LiveCandidate[])[]> {
    const { tenant, planId, source } = this.plan;
    const questions = sought.map((one) => ({ itemId: one.itemId, place: this.#place(one.folderId, one.name) }));
    const found = await this.items.find(tenant, planId, source.targetId, questions);
    const items = found.filter((facts) => !facts.isFolder);
    return questions.map(({ itemId, place }) =>
      items
        .filter((facts) => facts.id === itemId || facts.origin === itemId || (place !== '' && facts.place === place))
        .map((facts) => ({ ...facts, hasSameName: place !== '' && facts.place === place })),
    );
  }

  /** Whether the workload's items have names that are unique in their folder. */
  get hasNames(): boolean {
    return resourceParts(this.plan.source.targetId).workload === 'drive';
  }

  /** The folder of this name in that folder. */
  async findFolder(parentId: string, name: string): Promise<string | undefined> {
    const { tenant, planId, source } = this.plan;
    const question = { itemId: '', place: this.#place(parentId, name) };
    const found = await this.items.find(tenant, planId, source.targetId, [question]);
    return found.find((facts) => facts.isFolder)?.id;
  }

  likenessOf(record: SourceRecord): string {
    return this.keys.digest('likeness', likenessOf(record));
  }

  #remove(id: string, parentId: string | undefined): Promise<void> {
    const { tenant, planId, source } = this.plan;
    return this.items.remove(tenant, planId, source.targetId, id, parentId);
  }

  #facts(id: string, record: SourceRecord): LiveFacts {
    return {
      id,
      isFolder: isFolder(record.kind),
      parentId: record.parentId,
      origin: record.origin,
      changeTag: record.changeTag,
      likeness: this.likenessOf(record),
      place: this.#place(record.parentId, record.name),
    };
  }

  /** Names are unique in a drive's folder, whatever their case. Mail has no names. */
  #place(folderId: string | undefined, name: string): string {
    return this.hasNames && folderId !== undefined ? this.keys.digest('place', folderId, name.toLowerCase()) : '';
  }
}
