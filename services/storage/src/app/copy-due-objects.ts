import type { DestinationId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { leaveExisting } from './create-vault.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { ObjectPlaces, type DueCopy } from './object-places.port.js';
import { Vaults } from './vaults.port.js';

/** Copies that one round takes; each streams, so memory does not grow with them. */
const COPIES_A_ROUND = 8;
/** Nobody else tries the same copy for this long; also how long a failed one rests. */
const LEASE_MS = 5 * 60 * 1000;

export interface RoundOfCopies {
  readonly copied: number;
  /** With the reason, for the log; each is tried again later. */
  readonly failed: readonly { readonly copy: DueCopy; readonly error: unknown }[];
}

/** Brings objects to the destinations of their vault that lack them. */
@Injectable()
export class CopyDueObjects {
  constructor(
    private readonly vaults: Vaults,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
  ) {}

  /** One round; the caller goes on while `copied` is above zero. */
  async run(): Promise<RoundOfCopies> {
    const due = await this.places.takeDue(COPIES_A_ROUND, LEASE_MS);
    const outcomes = await Promise.allSettled(due.map((copy) => this.#copy(copy)));
    const failed = due.flatMap((copy, index) => {
      const outcome = outcomes[index];
      return outcome?.status === 'rejected' ? [{ copy, error: outcome.reason as unknown }] : [];
    });
    return { copied: due.length - failed.length, failed };
  }

  async #copy(copy: DueCopy): Promise<void> {
    if (!copy.isClaimed) await this.#claim(copy);
    const [last, ...others] = copy.from.toReversed();
    for (const holder of others.toReversed()) {
      try {
        await this.#copyFrom(holder, copy);
        return;
      } catch {
        // The next holder may do better; the last one's failure is the one that is told.
      }
    }
    if (last !== undefined) await this.#copyFrom(last, copy);
  }

  /** It was away when the vault was made. */
  async #claim({ tenantId, vaultId, to }: DueCopy): Promise<void> {
    await (await this.directory.open(tenantId, vaultId, to)).claim();
    await this.vaults.noteClaimed(tenantId, vaultId, to);
  }

  /** The terms hold the target to the hash, so a damaged source cannot spread. */
  async #copyFrom(holder: DestinationId, { tenantId, vaultId, object, to }: DueCopy): Promise<void> {
    const source = await this.directory.open(tenantId, vaultId, holder);
    const target = await this.directory.open(tenantId, vaultId, to);
    const body = await source.get(object.name);
    try {
      await target.put(object.name, body, { ...object, ifAbsent: true }).catch(leaveExisting);
    } finally {
      // A target that fails, or has the object, leaves it unread.
      body.destroy();
    }
    if (!(await this.places.addCopy(tenantId, vaultId, object, to))) await target.delete(object.name);
  }
}
