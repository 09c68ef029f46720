import type { ChunkServiceController } from '@holdfast/contracts/storage/v1';
import { AppError, isAppError, type ChunkId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { ChunkLookup, decodeTrailerEntries } from '@holdfast/vault';
import type { LiveGrant } from '../task/held-task.js';
import { joinedIds, splitIds } from './chunk-ids.js';

/** What storage takes in one call. */
const MAX_IDS = 1_000;
const MAX_QUESTIONS = 100;

interface Question {
  readonly live: LiveGrant;
  readonly ids: readonly ChunkId[];
  readonly resolve: (missing: ReadonlySet<ChunkId>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks storage which chunks a vault lacks, for all tasks that write to it. Questions that come while a call is under way go
 * together into the next: a call costs about the same for one id as for hundreds.
 */
export class ChunkQuestions {
  readonly #chunks: GrpcClient<ChunkServiceController>;
  readonly #waiting: Question[] = [];
  #isAsking = false;

  constructor(
    storage: GrpcConnection,
    private readonly vault: { readonly tenantId: TenantId; readonly vaultId: VaultId },
  ) {
    this.#chunks = storage.client<ChunkServiceController>('ChunkService', { repeatable: ['findMissing', 'locate'] });
  }

  /** The look-up of one task, under its own grant. */
  of(live: LiveGrant): ChunkLookup {
    return new TaskLookup(
      (ids) => this.#put(live, ids),
      (ids) => this.#placed(live, ids),
    );
  }

  async #placed({ grant }: LiveGrant, ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    const { tenantId, vaultId } = this.vault;
    const { packs } = await this.#chunks.locate({ tenantId, vaultId, grant, chunkIds: joinedIds(ids) });
    return new Set(packs.flatMap(({ entries }) => decodeTrailerEntries(entries).map(({ chunkId }) => chunkId)));
  }

  #put(live: LiveGrant, ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlySet<ChunkId>>();
    this.#waiting.push({ live, ids, resolve, reject });
    if (!this.#isAsking) void this.#askAll();
    return promise;
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    // Those that are asked in this same turn go along.
    await Promise.resolve();
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) await this.#answer(group);
    this.#isAsking = false;
  }

  /** As many questions as one call may carry; at least one while there are any. */
  #nextGroup(): Question[] {
    let ids = 0;
    const end = this.#waiting.findIndex(
      (question, at) => at === MAX_QUESTIONS || ((ids += question.ids.length) > MAX_IDS && at > 0),
    );
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #answer(group: readonly Question[]): Promise<void> {
    try {
      const answers = await this.#ask(group);
      group.forEach(({ resolve }, at) => resolve(answers[at] ?? new Set()));
    } catch (error) {
      // One task's refusal is not the others': each is asked for by itself.
      if (group.length > 1 && isAppError(error) && error.retry === 'never')
        for (const question of group) await this.#answer([question]);
      else for (const { reject } of group) reject(error);
    }
  }

  async #ask(group: readonly Question[]): Promise<readonly ReadonlySet<ChunkId>[]> {
    const questions = group.map(({ live, ids }) => ({ grant: live.grant, chunkIds: joinedIds(ids) }));
    const { missingChunkIds } = await this.#chunks.findMissing({ questions });
    if (missingChunkIds.length !== group.length)
      throw new AppError('INTERNAL', 'Storage answered another number of questions than it was asked.');
    return missingChunkIds.map((ids) => new Set(splitIds(ids)));
  }
}

class TaskLookup extends ChunkLookup {
  constructor(
    private readonly missing: (ids: readonly ChunkId[]) => Promise<ReadonlySet<ChunkId>>,
    private readonly placed: (ids: readonly ChunkId[]) => Promise<ReadonlySet<ChunkId>>,
  ) {
    super();
  }

  override findMissing(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    return this.missing(ids);
  }

  override findPlaced(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    return this.placed(ids);
  }
}
