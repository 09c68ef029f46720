import { AppError, isAppError, type PackId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import {
  MAX_PACK_BYTES,
  packNameOf,
  type PackContents,
  parsePack,
  Repacker,
  type RepackRule,
  TRAILER_ENTRY_BYTES,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { CondemnedPacks, type PackToDecide, type RepackedPack } from './condemned-packs.port.js';
import { FreeingRests } from './freeing-rests.js';
import type { LateMarks } from './late-marks.js';
import type { FreeingCounts, MarkedVault } from './marked-vault.js';
import type { IdHead } from './needed-ids.port.js';
import { neededOfPacks } from './needed-of-packs.js';
import { PutRepacked } from './put-repacked.js';
import { StoredChunks } from './stored-chunks.js';

/** Packs whose needed chunks are looked up together: the scratch is read once for all of them. */
const PACKS_AT_ONCE = 256;

/** When copying what is needed of a pack pays, and what a new pack is like. */
export abstract class RepackLimits {
  abstract readonly rule: RepackRule;
  /** Bytes that a new pack has at least before it is finished. */
  abstract readonly packBytes: number;
  /** Random, and never used before. */
  abstract newPackId(): PackId;
}

/** Copies what is needed of packs into new ones, without a key to it, and condemns them. */
@Injectable()
export class RepackPacks {
  constructor(
    readonly packs: CondemnedPacks,
    readonly chunks: StoredChunks,
    readonly put: PutRepacked,
    readonly limits: RepackLimits,
    readonly rests: FreeingRests,
    readonly logger: Logger,
  ) {}

  open(marked: MarkedVault, late: LateMarks, counts: FreeingCounts): Repacking {
    return new Repacking(this, marked, late, counts);
  }
}

interface Growing {
  readonly repacker: Repacker;
  readonly from: PackToDecide[];
}

/** The repacking of one freeing. A new pack is finished before the packs it was made of are condemned, and registered in that very transaction. */
export class Repacking {
  #waiting: PackToDecide[] = [];
  /** By branch and root key: chunks of one new pack are sealed alike. */
  readonly #growing = new Map<string, Growing>();

  constructor(
    private readonly tools: RepackPacks,
    private readonly marked: MarkedVault,
    private readonly late: LateMarks,
    private readonly counts: FreeingCounts,
  ) {}

  async add(pack: PackToDecide): Promise<void> {
    this.#waiting.push(pack);
    if (this.#waiting.length >= PACKS_AT_ONCE) await this.#copyWaiting();
  }

  async finish(): Promise<void> {
    await this.#copyWaiting();
    for (const key of this.#growing.keys()) await this.#finishOne(key);
  }

  async #copyWaiting(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const { held, ids } = this.marked;
    const { tenantId, vaultId } = held.lease;
    const numbers = waiting.map(({ packNo }) => packNo);
    const needed = await neededOfPacks(tenantId, vaultId, numbers, { packs: this.tools.packs, ids });
    for (const pack of waiting) {
      held.signal.throwIfAborted();
      await this.#copy(pack, needed.get(pack.packNo) ?? new Set());
    }
  }

  async #copy(pack: PackToDecide, needed: ReadonlySet<IdHead>): Promise<void> {
    const source = await this.#read(pack);
    if (!source) return;
    const { bytes, contents } = source;
    const key = `${contents.header.branch} ${contents.header.keyId}`;
    const entries = contents.entries.filter(({ chunkId }) => needed.has(headOf(chunkId)));
    const more = entries.reduce((sum, { sealedBytes }) => sum + sealedBytes + TRAILER_ENTRY_BYTES, 0);
    if ((this.#growing.get(key)?.repacker.bytes ?? 0) + more > MAX_PACK_BYTES) await this.#finishOne(key);
    const growing = this.#growing.get(key) ?? {
      repacker: new Repacker(contents.header, this.tools.limits.newPackId(), this.marked.keys.indexKey),
      from: [],
    };
    this.#growing.set(key, growing);
    for (const entry of entries)
      growing.repacker.add(entry, bytes.subarray(entry.offset, entry.offset + entry.sealedBytes));
    growing.from.push(pack);
    if (growing.repacker.bytes >= this.tools.limits.packBytes) await this.#finishOne(key);
  }

  /** The whole pack, because its name checks every byte of it; one that is damaged is left to the integrity check. */
  async #read(
    pack: PackToDecide,
  ): Promise<{ readonly bytes: Uint8Array; readonly contents: PackContents } | undefined> {
    const { tenantId, vaultId } = this.marked.held.lease;
    try {
      const bytes = await this.tools.chunks.read(tenantId, vaultId, pack.name, { offset: 0, length: MAX_PACK_BYTES });
      if (packNameOf(bytes) === pack.name) return { bytes, contents: parsePack(bytes, this.marked.keys.indexKey) };
      throw new AppError('VAULT_OBJECT_INVALID', 'A pack is not what its name says.');
    } catch (error) {
      if (!isAppError(error, 'VAULT_OBJECT_INVALID') && !isAppError(error, 'OBJECT_NOT_FOUND')) throw error;
      this.tools.logger.warn('A pack is damaged and was not repacked. Check the integrity of the vault.', {
        tenantId,
        vaultId,
        pack: pack.name,
        error,
      });
      return undefined;
    }
  }

  async #finishOne(key: string): Promise<void> {
    const growing = this.#growing.get(key);
    this.#growing.delete(key);
    if (!growing) return;
    const { tenantId, vaultId } = this.marked.held.lease;
    const made = await this.tools.put.run(tenantId, vaultId, growing.repacker.finish());
    const condemned = await this.#replace({ pack: made, from: growing.from.map(({ packNo }) => packNo) });
    const freed = growing.from.filter(({ packNo }) => condemned.has(packNo));
    this.counts.packsRepacked += freed.length;
    this.counts.bytesFreed += freed.reduce((sum, { bytes }) => sum + bytes, 0);
    if (freed.length > 0) this.counts.bytesWritten += made.bytes;
  }

  async #replace(repacked: RepackedPack): Promise<ReadonlySet<number>> {
    const { held, begin, erasure } = this.marked;
    const { tenantId, vaultId } = held.lease;
    for (;;) {
      held.signal.throwIfAborted();
      const answer = await this.tools.packs.replace(tenantId, vaultId, repacked, {
        upTo: this.late.upTo,
        newest: begin.newestPack,
        neededSince: await this.late.neededOf(repacked.from),
        restMs: this.tools.rests.deletionMs,
        erasure,
      });
      if (answer.do === 'condemned') return answer.packNos;
      await this.late.catchUp();
    }
  }
}

const headOf = (chunkId: string) => BigInt(`0x${chunkId.slice(0, 16)}`);
