import type { ChunkServiceController, PackServiceController, Place } from '@holdfast/contracts/storage/v1';
import {
  AppError,
  isAppError,
  type ChunkId,
  type Clock,
  type PackName,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { count, type GrpcClient, type GrpcConnection } from '@holdfast/platform';
import {
  ChunkSource,
  decodeTrailerEntries,
  encodeTrailerEntries,
  PackSink,
  type ChunkPlace,
  type SealedPack,
} from '@holdfast/vault';
import type { LiveGrant } from '../task/held-task.js';
import { Attempts } from './attempts.js';
import { joinedIds } from './chunk-ids.js';
import type { PlaceTransport } from './place-transport.js';

/** A place is asked for anew when it has less than this to live. */
const PLACE_MARGIN_MS = 30_000;
/** Read places kept; each is a URL. */
const KEPT_PLACES = 5_000;

/** Takes sealed packs to where storage says, then tells storage of them. Tried again while that can help. */
export class StoragePackSink extends PackSink {
  readonly #packs: GrpcClient<PackServiceController>;

  constructor(
    storage: GrpcConnection,
    private readonly live: LiveGrant,
    private readonly transport: PlaceTransport,
    private readonly clock: Clock,
  ) {
    super();
    this.#packs = storage.client<PackServiceController>('PackService', {
      repeatable: ['requestPlaces', 'registerPacks'],
    });
  }

  override async put(pack: SealedPack): Promise<void> {
    const attempts = new Attempts(this.clock, ({ retry }) => retry === 'later');
    while (!(await this.#try(pack, attempts)));
  }

  /** Whether the vault has the pack now. */
  async #try(pack: SealedPack, attempts: Attempts): Promise<boolean> {
    const place = await this.#place(pack, attempts.failed).catch((error: unknown) => attempts.pauseAfter(error));
    if (!place) return false;
    if (place.isPresent) return true;
    await attempts.begin(place.destinationId);
    try {
      await this.transport.put(place, pack.bytes);
      await this.#register(pack, place.destinationId);
      return true;
    } catch (error) {
      await attempts.fail(place.destinationId, error);
      return false;
    }
  }

  async #place({ name, bytes }: SealedPack, failedDestinationIds: readonly string[]): Promise<Place> {
    const packs = [{ name: Buffer.from(name, 'hex'), bytes: bytes.byteLength }];
    const request = { grant: this.live.grant, packs, failedDestinationIds: [...failedDestinationIds] };
    const [place] = (await this.#packs.requestPlaces(request)).places;
    if (!place) throw new AppError('INTERNAL', 'Storage gave no place for a pack.');
    return place;
  }

  async #register({ name, bytes, branch, entries }: SealedPack, destinationId: string): Promise<void> {
    const pack = { name: Buffer.from(name, 'hex'), bytes: bytes.byteLength, branch, destinationId };
    const registered = { ...pack, entries: Buffer.from(encodeTrailerEntries(entries)) };
    await this.#packs.registerPacks({ grant: this.live.grant, packs: [registered] });
    count('holdfast.packs.put', 1, { branch });
    count('holdfast.packs.bytes', bytes.byteLength, { branch });
  }
}

/** Finds and reads a vault's chunks through storage. */
export class StorageChunkSource extends ChunkSource {
  readonly #chunks: GrpcClient<ChunkServiceController>;
  readonly #packs: GrpcClient<PackServiceController>;
  readonly #places = new Map<PackName, Place>();

  constructor(
    storage: GrpcConnection,
    private readonly vault: { readonly tenantId: TenantId; readonly vaultId: VaultId },
    private readonly transport: PlaceTransport,
    private readonly clock: Clock,
    /** Of the vault's tasks; absent where a person reads. */
    private readonly live?: LiveGrant,
  ) {
    super();
    this.#chunks = storage.client<ChunkServiceController>('ChunkService', { repeatable: ['locate'] });
    this.#packs = storage.client<PackServiceController>('PackService', { repeatable: ['requestReadPlaces'] });
  }

  override async locate(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>> {
    const { packs } = await this.#chunks.locate({ ...this.#scope(), chunkIds: joinedIds(ids) });
    const places = new Map<ChunkId, ChunkPlace>();
    for (const { pack, branch, entries } of packs)
      for (const entry of decodeTrailerEntries(entries))
        places.set(entry.chunkId, {
          ...entry,
          pack: pack.toString('hex') as PackName,
          branch: branch === 'meta' ? 'meta' : 'data',
        });
    return places;
  }

  override async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    // A signed address may have run out on the way; a fresh one settles that.
    const attempts = new Attempts(this.clock, ({ retry, code }) =>
      code === 'PACKS_LOST' ? false : retry === 'later' || code === 'STORE_DENIED',
    );
    for (;;) {
      const place = await this.#place(pack, attempts.failed).catch((error: unknown) => attempts.pauseAfter(error));
      if (!place) continue;
      await attempts.begin(place.destinationId);
      try {
        return await this.transport.getRange(place, offset, length);
      } catch (error) {
        this.#places.delete(pack);
        await attempts.fail(place.destinationId, error);
      }
    }
  }

  override async *readCopies(
    pack: PackName,
    offset: number,
    length: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const damaged: string[] = [];
    for (;;) {
      // It tells by PACKS_LOST or OBJECT_NOT_FOUND that no other destination holds the pack.
      const place = await this.#ask(pack, { damaged }).catch(ownFailure);
      if (!place) return;
      damaged.push(place.destinationId);
      const copy = await this.transport.getRange(place, offset, length).catch(ownFailure);
      if (copy) yield copy;
    }
  }

  #scope() {
    const { tenantId, vaultId } = this.vault;
    return { tenantId, vaultId, grant: this.live?.grant ?? '' };
  }

  async #place(pack: PackName, failed: readonly string[]): Promise<Place> {
    const kept = this.#places.get(pack);
    if (kept && kept.expiresAtMs - PLACE_MARGIN_MS > this.clock.now()) return kept;
    return this.#ask(pack, { failed });
  }

  async #ask(
    pack: PackName,
    { failed = [], damaged = [] }: { readonly failed?: readonly string[]; readonly damaged?: readonly string[] },
  ): Promise<Place> {
    const packs = [Buffer.from(pack, 'hex')];
    const elsewhere = { failedDestinationIds: [...failed], damagedDestinationIds: [...damaged] };
    const { places } = await this.#packs.requestReadPlaces({ ...this.#scope(), packs, ...elsewhere });
    const [place] = places;
    if (!place) throw new AppError('OBJECT_NOT_FOUND', 'Storage knows no place of a pack.', { context: { pack } });
    if (this.#places.size >= KEPT_PLACES) this.#places.clear();
    this.#places.set(pack, place);
    return place;
  }
}

/** Nothing, where destinations or what lies there failed; another failure is thrown. */
function ownFailure(error: unknown): undefined {
  if (!isAppError(error) || !/^(STORE_|OBJECT_NOT_FOUND$|CHUNK_CORRUPT$|PACKS_LOST$)/.test(error.code)) throw error;
}
