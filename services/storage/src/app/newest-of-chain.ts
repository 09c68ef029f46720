import { AppError } from '@holdfast/kernel';
import type { SnapshotHeader } from '@holdfast/vault';
import { isOneChain } from './marking.js';
import type { MarkableSnapshot } from './marked-snapshots.port.js';
import type { ChainName } from './snapshots.port.js';

/** Of each chain the newest visible snapshot and those after it: what a rebuild would look for (docs/recovery.md). */
export class NewestOfChain {
  #last: MarkableSnapshot | undefined;
  #headers: SnapshotHeader[] = [];

  constructor(
    private readonly generation: number,
    private readonly tell: (chain: ChainName, headers: readonly SnapshotHeader[]) => Promise<void>,
  ) {}

  /** In the order of chains, ascending in each. */
  async pass(snapshot: MarkableSnapshot, header: SnapshotHeader): Promise<void> {
    if (this.#last && !isOneChain(this.#last, snapshot)) await this.end();
    if (snapshot.isVisible) this.#headers = [];
    this.#headers.push(header);
    this.#last = snapshot;
  }

  /** After the last. FAILED_PRECONDITION for a chain that has nothing of the vault's generation. */
  async end(): Promise<void> {
    const last = this.#last;
    if (last && last.generation < this.generation) throw rebuilt();
    if (last) await this.tell(last, this.#headers);
    this.#headers = [];
    this.#last = undefined;
  }
}

/** A snapshot of before, put late, could be the head of another rebuild, and need packs that nobody knows of (docs/architecture.md#commit). */
function rebuilt(): AppError {
  return new AppError(
    'FAILED_PRECONDITION',
    'The vault was rebuilt, and some of what it holds was not backed up since. Nothing is freed. Run a backup of all its sets, then free space again.',
  );
}
