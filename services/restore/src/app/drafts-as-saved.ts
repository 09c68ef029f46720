import type { VaultId } from '@holdfast/kernel';
import type { ItemRecord } from '@holdfast/vault';
import type { WorkloadWriter } from '@holdfast/workloads';
import { liveCopyLikeness, savedLikeness } from './likenesses.js';
import { unreadItem } from './unread-item.js';

/** A draft that stands at the target under its own id, with the live folder that it is to lie in. */
export interface LiveDraft {
  readonly itemId: string;
  readonly record: ItemRecord;
  readonly folderId: string | undefined;
}

/** Tells whether a live draft is as it was saved though its tag, which moves with whatever happens to it, is another. */
export class DraftsAsSaved {
  constructor(
    private readonly writer: Pick<WorkloadWriter, 'findById' | 'hasContentOf'>,
    private readonly vaultId: VaultId,
    private readonly signal: AbortSignal,
  ) {}

  /** One request for a draft that says something else, two for one that is alike: its attachments show in its MIME only. */
  async has({ itemId, record, folderId }: LiveDraft): Promise<boolean> {
    if (folderId === undefined) return false;
    const live = await this.writer.findById(itemId, record.kind, this.signal);
    if (live?.record.parentId !== folderId) return false;
    if (liveCopyLikeness(live.record) !== savedLikeness(record).copyLikeness) return false;
    const item = unreadItem(this.vaultId, { itemId, record, name: record.name }, folderId);
    return this.writer.hasContentOf(live, item, this.signal);
  }
}
