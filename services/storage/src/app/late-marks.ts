import type { HeldTask } from '@holdfast/worker';
import type { VaultKeys } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { CondemnedPacks } from './condemned-packs.port.js';
import { Marking } from './marking.js';
import { MarkedSnapshots } from './marked-snapshots.port.js';
import { type NeededIds, NeededIdsRoom } from './needed-ids.port.js';
import { neededOfPacks } from './needed-of-packs.js';
import { StoredChunks } from './stored-chunks.js';

/** Snapshots taken at once; each may be large. */
const A_PAGE = 20;

/** Where marking stood. */
export interface MarkedUpTo {
  readonly held: HeldTask;
  readonly keys: VaultKeys;
  readonly upTo: number;
}

/** Marks what snapshots need that were stored after a vault was marked. */
@Injectable()
export class MarkLate {
  constructor(
    private readonly snapshots: MarkedSnapshots,
    private readonly packs: CondemnedPacks,
    private readonly chunks: StoredChunks,
    private readonly room: NeededIdsRoom,
  ) {}

  async open(marked: MarkedUpTo): Promise<LateMarks> {
    return new LateMarks(marked, await this.room.open(), this.snapshots, this.packs, this.chunks);
  }
}

/** What the snapshots need that came late; each costs what it changed. */
export class LateMarks {
  #upTo: number;
  readonly #marking: Marking;

  constructor(
    private readonly marked: MarkedUpTo,
    readonly ids: NeededIds,
    private readonly snapshots: MarkedSnapshots,
    readonly packs: CondemnedPacks,
    chunks: StoredChunks,
  ) {
    this.#upTo = marked.upTo;
    const { tenantId: tenant, vaultId: vault } = marked.held.lease;
    this.#marking = new Marking({ tenant, vault, keys: marked.keys, source: chunks.of(tenant, vault), ids });
  }

  /** Snapshots up to this number are marked. */
  get upTo(): number {
    return this.#upTo;
  }

  /** Marks those that were stored meanwhile. */
  async catchUp(): Promise<void> {
    const { tenantId, vaultId } = this.marked.held.lease;
    const page = () => this.snapshots.storedAfter(tenantId, vaultId, this.#upTo, A_PAGE);
    for (let late = await page(); late.length > 0; late = await page())
      for (const snapshot of late) {
        this.marked.held.signal.throwIfAborted();
        const { parent } = snapshot;
        await this.#marking.late(snapshot, parent && (await this.snapshots.sealed(tenantId, vaultId, parent)));
        this.#upTo = snapshot.storedNo;
      }
  }

  /** Those of the packs in which the index finds chunks that late snapshots need. */
  async neededOf(packNos: readonly number[]): Promise<ReadonlySet<number>> {
    if (this.#upTo === this.marked.upTo) return new Set();
    const { tenantId, vaultId } = this.marked.held.lease;
    const needed = await neededOfPacks(tenantId, vaultId, packNos, this);
    return new Set(needed.keys());
  }

  close(): Promise<void> {
    return this.ids.close();
  }
}
