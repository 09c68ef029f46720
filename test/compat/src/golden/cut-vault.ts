import {
  type BackupSetId,
  type JobId,
  parseBackupSetId,
  parseJobId,
  parseTenantId,
  parseVaultId,
  type RandomBytes,
} from '@holdfast/kernel';
import {
  deriveVaultKeys,
  formatRootKey,
  generationNoteName,
  jobNoteName,
  keyIdOf,
  keyWrapObjectName,
  newRootKey,
  opaqueResourceId,
  packObjectName,
  type ParentSnapshot,
  type RootKey,
  sealGenerationNote,
  sealJobNote,
  sealSetNote,
  sealVaultHeader,
  setNoteName,
  SigningKey,
  snapshotObjectName,
  VAULT_HEADER_OBJECT,
  type VaultKeys,
  wrapRootKey,
} from '@holdfast/vault';
import { freePacks } from './free-packs.js';
import { MemoryPacks } from './memory-packs.js';
import { seeded } from './seeded.js';
import { JOBS, type Story, TIME_ZONE } from './story.js';
import { CHUNKS, type VaultKind } from './vault-kinds.js';
import { writeSnapshot } from './write-snapshot.js';

const TENANT = parseTenantId('7e4a47ed-0000-4000-8000-000000000001');
const VAULT = parseVaultId('7e4a47ed-0000-4000-8000-000000000002');
const SET: BackupSetId = parseBackupSetId('7e4a47ed-0000-4000-8000-000000000003');
const JOB_IDS: readonly JobId[] = JOBS.map((_, at) => parseJobId(`7e4a47ed-0000-4000-8000-00000000001${at}`));

/** The objects of a vault by their names, and the root keys as people keep them. */
export interface CutVault {
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly keyTexts: readonly string[];
}

/** Makes a vault of the kind in which every job of the stories has run. The same kind and program give the same keys. */
export async function cutVault(kind: VaultKind): Promise<CutVault> {
  const cut = new Cut(kind, seeded(`golden vault ${kind.name}`));
  cut.writeHeader();
  for (const at of JOBS.keys()) await cut.runJob(at);
  return { objects: cut.objects(), keyTexts: cut.roots.map(formatRootKey) };
}

class Cut {
  readonly roots: readonly RootKey[];
  readonly #packs = new MemoryPacks();
  readonly #objects = new Map<string, Uint8Array>();
  readonly #signingKeys: readonly SigningKey[];
  readonly #heads = new Map<string, ParentSnapshot>();

  constructor(
    private readonly kind: VaultKind,
    private readonly random: RandomBytes,
  ) {
    this.roots = [newRootKey(random), ...(kind.rotatedAt === undefined ? [] : [newRootKey(random)])];
    this.#signingKeys = [SigningKey.fromSeed(random(32)), SigningKey.fromSeed(random(32))];
  }

  objects(): ReadonlyMap<string, Uint8Array> {
    return new Map([
      ...this.#objects,
      ...[...this.#packs.packs].map(([name, bytes]) => [packObjectName(name), bytes] as const),
    ]);
  }

  writeHeader(): void {
    const { cipher, wraps = [] } = this.kind;
    const header = {
      keyId: keyIdOf(this.#root(0)),
      cipher,
      chunks: CHUNKS,
      signingKey: this.#signingKey(1).publicKey,
      owner: { tenant: TENANT, vault: VAULT },
      requiredFeatures: [],
      optionalFeatures: [],
      unknown: new Map(),
    };
    this.#objects.set(VAULT_HEADER_OBJECT, sealVaultHeader(header, this.#keysAt(0).headerKey, this.random));
    for (const wrap of wraps)
      for (const [place, root] of this.roots.entries()) {
        const object = wrapRootKey(root, place, wrap, this.random);
        this.#objects.set(keyWrapObjectName(object), object);
      }
  }

  async runJob(at: number): Promise<void> {
    if (at === this.kind.rebuiltAt) this.#openGeneration(at);
    const before = [...this.#packs.packs.keys()];
    for (const story of this.kind.stories) await this.#backUp(at, story);
    if (this.kind.isFreed && at === JOBS.length - 1)
      await freePacks(this.#packs, before, this.#keysAt(at).indexKey, this.random);
    if (this.kind.hasNotes) this.#writeNotes(at);
  }

  async #backUp(at: number, story: Story): Promise<void> {
    const { resource } = story;
    const keys = this.#keysAt(at);
    const generation = this.#generationAt(at);
    const identity = {
      tenant: TENANT,
      vault: VAULT,
      set: SET,
      resource,
      job: this.#job(at),
      generation,
      number: at + 1,
    };
    const written = await writeSnapshot({
      packs: this.#packs,
      keys,
      random: this.random,
      vaultKey: this.#signingKey(generation),
      identity,
      startedAt: JOBS[at]?.startedAt ?? 0,
      timeZone: TIME_ZONE,
      parent: this.#heads.get(resource),
      story,
    });
    this.#heads.set(resource, written.head);
    const chain = opaqueResourceId(TENANT, SET, resource, keys.indexKey);
    this.#objects.set(snapshotObjectName(chain, generation, at + 1), written.object);
  }

  #openGeneration(at: number): void {
    const { cipher, headerKey: key } = this.#keysAt(at);
    const generation = this.#generationAt(at);
    const { publicKey: signingKey } = this.#signingKey(generation);
    const note = {
      tenant: TENANT,
      vault: VAULT,
      generation,
      signingKey,
      openedAt: (JOBS[at]?.startedAt ?? 0) - 60_000,
    };
    this.#objects.set(generationNoteName(generation), sealGenerationNote(note, { cipher, key }, this.random));
  }

  #writeNotes(at: number): void {
    const { cipher, indexKey: key } = this.#keysAt(at);
    const definition = { displayName: `Everybody ${at}`, timeZone: TIME_ZONE, source: { allAccounts: true } };
    const set = {
      tenant: TENANT,
      vault: VAULT,
      set: SET,
      generation: this.#generationAt(at),
      version: at + 1,
      definition,
    };
    this.#objects.set(setNoteName(set, key), sealSetNote(set, { cipher, key }, this.random));
    const report = { kind: 'backup', state: 'completed', tasks: [] };
    const job = { tenant: TENANT, vault: VAULT, job: this.#job(at), part: 0, parts: 1, report };
    this.#objects.set(jobNoteName(job, key), sealJobNote(job, { cipher, key }, this.random));
  }

  /** The ring grows with the rotation. */
  #keysAt(at: number): VaultKeys {
    const { cipher, rotatedAt } = this.kind;
    return deriveVaultKeys(rotatedAt !== undefined && at >= rotatedAt ? this.roots : this.roots.slice(0, 1), cipher);
  }

  #generationAt(at: number): number {
    return this.kind.rebuiltAt !== undefined && at >= this.kind.rebuiltAt ? 2 : 1;
  }

  #root(place: number): RootKey {
    return known(this.roots[place]);
  }

  #signingKey(generation: number): SigningKey {
    return known(this.#signingKeys[generation - 1]);
  }

  #job(at: number): JobId {
    return known(JOB_IDS[at]);
  }
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('The stories have no such job.');
  return value;
}
