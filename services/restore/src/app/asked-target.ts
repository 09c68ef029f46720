import type { VaultId } from '@holdfast/kernel';
import type { ItemKind } from '@holdfast/vault';
import type { LiveItem, WorkloadWriter } from '@holdfast/workloads';
import type { LiveCandidate } from '../domain/plan-step.js';
import { liveLikeness } from './likenesses.js';
import type { FoundFolder, LiveTarget, Sought, SoughtFolder } from './live-target.port.js';
import { unreadItem } from './unread-item.js';

/** A target that is asked for each item, for plans about a few: two or three requests each, however large the target is. */
export class AskedTarget implements LiveTarget {
  constructor(
    private readonly writer: WorkloadWriter,
    /** `mayMeet`: an item's own id may be met, for all goes back to where it was. */
    private readonly source: { readonly vaultId: VaultId; readonly mayMeet: boolean },
    private readonly signal: AbortSignal,
  ) {}

  async find(sought: readonly Sought[]): Promise<readonly (readonly LiveCandidate[])[]> {
    const found: LiveCandidate[][] = [];
    for (const one of sought) found.push(await this.#candidates(one));
    return found;
  }

  async findFolder({ way }: SoughtFolder): Promise<FoundFolder | undefined> {
    const id = await this.writer.findFolder(way, this.signal);
    return id === undefined ? undefined : { id };
  }

  async findFolderById(id: string, kind: ItemKind): Promise<FoundFolder | undefined> {
    const live = await this.writer.findById(id, kind, this.signal);
    if (!live) return undefined;
    return { id, changeTag: live.record.changeTag, likeness: liveLikeness(live.record) };
  }

  /** Nothing is kept, so likenesses are compared as they are. */
  digest(likeness: string): string {
    return likeness;
  }

  async #candidates(one: Sought): Promise<LiveCandidate[]> {
    const { folderId, name, itemId } = one;
    const { kind } = one.record;
    const inPlace =
      folderId === undefined ? undefined : await this.writer.findByName({ kind, folderId, name }, this.signal);
    const isKnown = itemId !== '' && this.source.mayMeet && itemId !== inPlace?.id;
    const itself = isKnown ? await this.writer.findById(itemId, kind, this.signal) : undefined;
    const isMissing = !inPlace && !itself && itemId !== '' && folderId !== undefined;
    const copy = isMissing
      ? await this.writer.findCopy(unreadItem(this.source.vaultId, one, folderId), this.signal)
      : undefined;
    const found = [
      inPlace && candidate(inPlace, true),
      itself && candidate(itself, false),
      copy && candidate(copy, false),
    ];
    return found.filter((live) => live !== undefined);
  }
}

/** What a live item is to the decision about a saved one. */
export function candidate({ id, record }: LiveItem, hasSameName: boolean): LiveCandidate {
  const { parentId, changeTag, origin } = record;
  return { id, parentId, changeTag, origin, likeness: liveLikeness(record), hasSameName };
}
