import { type Branch, decidePack, type PackVerdict, TRAILER_ENTRY_BYTES } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { CondemnPacks } from './condemn-packs.js';
import { CondemnedPacks, type FreeingShare, type PackToDecide } from './condemned-packs.port.js';
import { type LateMarks, MarkLate } from './late-marks.js';
import type { FreeingCounts, MarkedVault } from './marked-vault.js';
import { RepackLimits, RepackPacks } from './repack-packs.js';

/** Header, tag of the trailer and footer of a pack (docs/format/v1.md#packs). */
const FRAME_BYTES = 128;

/** Decides pack by pack what becomes of it and sees to it; says at the end how many packs went which way for which reason. */
@Injectable()
export class DecidePacks {
  constructor(
    private readonly packs: CondemnedPacks,
    private readonly markLate: MarkLate,
    private readonly condemn: CondemnPacks,
    private readonly repack: RepackPacks,
    private readonly limits: RepackLimits,
  ) {}

  async run(marked: MarkedVault, counts: FreeingCounts): Promise<void> {
    const { tenantId, vaultId, jobId } = marked.held.lease;
    const shares = new Shares();
    const late = await this.markLate.open(marked);
    try {
      await this.#all(marked, late, shares, counts);
      counts.packsToErase = await this.#toErase(marked);
    } finally {
      await late.close();
    }
    await this.packs.saveReport(tenantId, vaultId, { jobId, dryRun: marked.dryRun, shares: shares.all() });
  }

  async #all(marked: MarkedVault, late: LateMarks, shares: Shares, counts: FreeingCounts): Promise<void> {
    const mergeable = await this.#mergeable(marked);
    const copies = this.repack.open(marked, late, counts);
    for await (const page of this.#toDecide(marked)) {
      const going: PackToDecide[] = [];
      for (const pack of page) {
        const verdict = this.#verdict(marked, pack, mergeable.has(pack.branch));
        shares.add(verdict, pack, marked.tally.of(pack.packNo).neededBytes);
        if (marked.dryRun) this.#foresee(marked, pack, verdict, counts);
        else if (verdict.do === 'condemn') going.push(pack);
        else if (verdict.do === 'repack') await copies.add(pack);
      }
      await this.condemn.run(marked, late, going, counts);
      counts.packs += page.length;
    }
    await copies.finish();
  }

  /** Counts what the verdict would come to: a copied pack leaves behind what nothing needs. */
  #foresee({ tally }: MarkedVault, { packNo, bytes }: PackToDecide, verdict: PackVerdict, counts: FreeingCounts): void {
    if (verdict.do === 'keep') return;
    counts.bytesFreed += bytes;
    if (verdict.do === 'condemn') {
      counts.packsFreed += 1;
      return;
    }
    counts.packsRepacked += 1;
    counts.bytesWritten += copiedBytes(tally.of(packNo));
  }

  /** Branches whose small packs together make one that is not small. */
  async #mergeable(marked: MarkedVault): Promise<ReadonlySet<Branch>> {
    const bytes = { data: 0, meta: 0 };
    for await (const page of this.#toDecide(marked))
      for (const pack of page) {
        const verdict = this.#verdict(marked, pack, true);
        if (verdict.because === 'small') bytes[pack.branch] += marked.tally.of(pack.packNo).neededBytes;
      }
    const isEnough = (branch: Branch) => bytes[branch] >= this.limits.rule.smallBytes;
    return new Set((['data', 'meta'] as const).filter(isEnough));
  }

  /**
   * How many are left that a deletion on request is not done with, whyever they stand; those that a newest snapshot names are marked. A dry run
   * leaves nothing: it takes nothing.
   */
  async #toErase(marked: MarkedVault): Promise<number> {
    if (!marked.erasure || marked.dryRun) return 0;
    const { tenantId, vaultId } = marked.held.lease;
    let left = await this.packs.countAway(tenantId, vaultId, marked.erasure.newestPack);
    for await (const page of this.#standing(marked))
      for (const pack of page) {
        const { packNo, bytes } = pack;
        if (!isBeforeDeletion(marked, packNo)) continue;
        // What was not marked may be dead: a later freeing looks at it.
        const isMarked = marked.tally.has(packNo);
        if (isMarked && bytes <= copiedBytes(marked.tally.of(packNo))) continue;
        left += 1;
        if (isMarked && this.#verdict(marked, pack, false).because === 'named-by-newest')
          marked.tally.markHeldBack(packNo);
      }
    return left;
  }

  #verdict(marked: MarkedVault, pack: PackToDecide, isMergeable: boolean): PackVerdict {
    const { packNo, bytes, isRecent, isDamaged } = pack;
    const { tally } = marked;
    const facts = tally.of(packNo);
    const verdict = decidePack(
      {
        ...facts,
        neededBytes: copiedBytes(facts),
        bytes,
        isRecent,
        isMergeable,
        isBeforeDeletion: isBeforeDeletion(marked, packNo),
      },
      this.limits.rule,
    );
    return isDamaged && verdict.do === 'repack' ? { do: 'keep', because: 'needed' } : verdict;
  }

  /** A pack that was away while it marked, or that another freeing has put in the place of others since, was held against nothing: it stays. */
  async *#toDecide(marked: MarkedVault): AsyncGenerator<readonly PackToDecide[]> {
    for await (const page of this.#standing(marked)) yield page.filter(({ packNo }) => marked.tally.has(packNo));
  }

  async *#standing({ held, begin, found }: MarkedVault): AsyncGenerator<readonly PackToDecide[]> {
    const { tenantId, vaultId } = held.lease;
    const range = { newest: begin.newestPack, since: found.since };
    for await (const page of this.packs.toDecide(tenantId, vaultId, range)) {
      held.signal.throwIfAborted();
      yield page;
    }
  }
}

const isBeforeDeletion = ({ erasure }: MarkedVault, packNo: number) =>
  erasure !== undefined && packNo <= erasure.newestPack;

/** A pack of the needed chunks alone has a frame and a trailer too: else a pack of small chunks would be copied again and again. */
function copiedBytes({ neededBytes, neededChunks }: { readonly neededBytes: number; readonly neededChunks: number }) {
  return FRAME_BYTES + neededBytes + neededChunks * TRAILER_ENTRY_BYTES;
}

/** Adds up verdicts. */
class Shares {
  readonly #shares = new Map<string, FreeingShare>();

  add({ do: verdict, because }: PackVerdict, { bytes, lockedUntil }: PackToDecide, neededBytes: number): void {
    const key = `${verdict} ${because}`;
    const none = { packs: 0, bytes: 0, neededBytes: 0, lockedBytes: 0, lockedUntil: undefined };
    const sums = this.#shares.get(key) ?? none;
    const isLocked = verdict !== 'keep' && lockedUntil !== undefined;
    this.#shares.set(key, {
      verdict,
      because,
      packs: sums.packs + 1,
      bytes: sums.bytes + bytes,
      neededBytes: sums.neededBytes + neededBytes,
      lockedBytes: sums.lockedBytes + (isLocked ? bytes : 0),
      lockedUntil: isLocked ? Math.max(lockedUntil, sums.lockedUntil ?? 0) : sums.lockedUntil,
    });
  }

  all(): readonly FreeingShare[] {
    return [...this.#shares.values()];
  }
}
