import { sealSnapshot, SigningKey } from '@holdfast/vault';
import { randomBytes } from 'node:crypto';
import type { ChainAccess, ChainSnapshot } from './chain-access.port.js';
import type { RewritingCounts } from './chain-rewriting.js';

/** What a renewal needs of its task. */
export interface RenewalScene {
  readonly access: Pick<
    ChainAccess,
    'head' | 'generation' | 'keys' | 'snapshots' | 'open' | 'certify' | 'commit' | 'replace'
  >;
  /** Of the task's lease. */
  readonly epoch: number;
}

/**
 * States the newest snapshot of a resource once more, with the same trees, job and times, at the end of its chain. It names no packs, and proves
 * that the one before it was whole: so space freeing may copy what is needed out of the packs that one names
 * (docs/decisions/0062-the-newest-snapshot-is-renewed.md). Then the one before goes. Nothing is written but the snapshot. Begun again after a crash
 * it goes on with what it made.
 */
export class ChainRenewal {
  constructor(
    private readonly scene: RenewalScene,
    private readonly counts: RewritingCounts,
  ) {}

  async run(): Promise<void> {
    const { access } = this.scene;
    const newest = (await access.snapshots()).toSorted((a, b) => a.number - b.number).at(-1);
    if (!newest) return;
    const parts = await access.open(newest.id);
    const made = parts.header.newPacks.length === 0 ? newest : await this.#renew(newest, parts);
    const all = await access.snapshots();
    await access.replace(
      all.filter(({ id, jobId }) => jobId === made.jobId && id !== made.id),
      [made.id],
    );
    this.counts.snapshots += 1;
  }

  async #renew(
    newest: ChainSnapshot,
    { header, body }: Awaited<ReturnType<ChainAccess['open']>>,
  ): Promise<ChainSnapshot> {
    const { access, epoch } = this.scene;
    const { generation, head, keys } = access;
    const key = SigningKey.fromSeed(randomBytes(32));
    const certificate = await access.certify(key);
    const number = (head?.number ?? 0) + 1;
    const renewed = { ...header, epoch, generation, number, parent: head?.id, newPacks: [], certificate };
    const id = await access.commit(sealSnapshot({ header: renewed, body }, keys, key, randomBytes));
    return { ...newest, id, number };
  }
}
