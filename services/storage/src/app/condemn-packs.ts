import { Injectable } from '@nestjs/common';
import { CondemnedPacks, type PackToDecide } from './condemned-packs.port.js';
import { FreeingRests } from './freeing-rests.js';
import type { LateMarks } from './late-marks.js';
import type { FreeingCounts, MarkedVault } from './marked-vault.js';

/** Packs condemned by one transaction, which has the vault for itself meanwhile. */
const AT_ONCE = 500;

/** The first phase of space freeing: condemns packs that nothing needs, and looks again where a snapshot came in between. */
@Injectable()
export class CondemnPacks {
  constructor(
    private readonly packs: CondemnedPacks,
    private readonly rests: FreeingRests,
  ) {}

  async run(
    { held, begin }: MarkedVault,
    late: LateMarks,
    going: readonly PackToDecide[],
    counts: FreeingCounts,
  ): Promise<void> {
    const { tenantId, vaultId } = held.lease;
    for (let at = 0; at < going.length; at += AT_ONCE) {
      const some = going.slice(at, at + AT_ONCE);
      const numbers = some.map(({ packNo }) => packNo);
      for (;;) {
        held.signal.throwIfAborted();
        const terms = {
          upTo: late.upTo,
          newest: begin.newestPack,
          neededSince: await late.neededOf(numbers),
          restMs: this.rests.deletionMs,
        };
        const answer = await this.packs.condemn(tenantId, vaultId, numbers, terms);
        if (answer.do === 'mark-first') {
          await late.catchUp();
          continue;
        }
        const freed = some.filter(({ packNo }) => answer.packNos.has(packNo));
        counts.packsFreed += freed.length;
        counts.bytesFreed += freed.reduce((sum, { bytes }) => sum + bytes, 0);
        break;
      }
    }
  }
}
