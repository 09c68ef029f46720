import type { Destination } from '@holdfast/destinations';
import {
  AppError,
  isAppError,
  type BackupSetId,
  type DestinationId,
  type JobId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import {
  type CborValue,
  jobNoteName,
  MAX_NOTE_BYTES,
  openJobNote,
  openSetNote,
  sealJobNote,
  sealSetNote,
  setNoteName,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth, isDestinationFailure } from './destination-health.js';
import { IndexKeys } from './index-keys.port.js';
import { ObjectPlaces } from './object-places.port.js';
import { replaceObject } from './replace-object.js';
import { Vaults } from './vaults.port.js';

type Plain = Readonly<Record<string, CborValue>>;

/** A sealed note, and how one that lies at its name already is held against it. */
interface Note {
  readonly name: string;
  readonly object: Uint8Array;
  readonly isSame: (existing: Uint8Array) => boolean;
}

/** Keeps in a vault what its sets are and what its jobs did, sealed under the index key. Safe to repeat. */
@Injectable()
export class KeepNote {
  constructor(
    private readonly vaults: Vaults,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
    private readonly indexKeys: IndexKeys,
  ) {}

  async set(
    tenant: TenantId,
    vault: VaultId,
    of: { readonly set: BackupSetId; readonly version: number; readonly definition: Plain | undefined },
  ): Promise<void> {
    const { key, cipher, generation } = await this.indexKeys.of(tenant, vault);
    const seal = { cipher, key };
    const note = { tenant, vault, generation, ...of };
    const name = setNoteName(note, key);
    await this.#keep(tenant, vault, {
      name,
      object: sealSetNote(note, seal, randomBytes),
      isSame: (existing) => isDeepStrictEqual(openSetNote(name, existing, seal), note),
    });
  }

  async job(
    tenant: TenantId,
    vault: VaultId,
    of: { readonly job: JobId; readonly part: number; readonly parts: number; readonly report: Plain },
  ): Promise<void> {
    const { key, cipher } = await this.indexKeys.of(tenant, vault);
    const seal = { cipher, key };
    const note = { tenant, vault, ...of };
    const name = jobNoteName(note, key);
    await this.#keep(tenant, vault, {
      name,
      object: sealJobNote(note, seal, randomBytes),
      isSame: (existing) => isDeepStrictEqual(openJobNote(name, existing, seal), note),
    });
  }

  /** At the first destination that takes it; the others owe a copy. */
  async #keep(tenant: TenantId, vault: VaultId, note: Note): Promise<void> {
    const [first, ...others] = this.health.inOrder(tenant, await this.vaults.destinationsOf(tenant, vault));
    for (let at = first; at !== undefined;) {
      const destination = at;
      try {
        await this.health.watch(tenant, destination, () => this.#keepAt(tenant, vault, destination, note));
        return;
      } catch (error) {
        at = others.shift();
        if (at === undefined || !isDestinationFailure(error)) throw error;
      }
    }
  }

  async #keepAt(tenant: TenantId, vault: VaultId, id: DestinationId, note: Note): Promise<void> {
    const destination = await this.directory.open(tenant, vault, id);
    const object = await putOrFind(destination, note);
    await this.places.add(tenant, vault, { name: note.name, ...termsOf(object) }, id);
  }
}

/** The bytes that lie at the note's name: an earlier attempt, of which no answer came, sealed the same under another salt. */
async function putOrFind(destination: Destination, { name, object, isSame }: Note): Promise<Uint8Array> {
  try {
    await destination.put(name, object, { ...termsOf(object), ifAbsent: true });
    return object;
  } catch (error) {
    if (!isAppError(error, 'OBJECT_EXISTS')) throw error;
  }
  const existing = await buffer(await destination.get(name, { offset: 0, length: MAX_NOTE_BYTES }));
  const found = heldAgainst(existing, object, isSame);
  if (found === 'same') return existing;
  if (found === 'cut' && (await replaceObject(destination, { name, ...termsOf(object) }, async () => object)))
    return object;
  throw new AppError(
    'FAILED_PRECONDITION',
    'The destination holds another note at this place, so the database is older than the vault. Rebuild the vault.',
    { context: { object: name } },
  );
}

/** An attempt broke off in the middle where what lies there cannot be opened and has fewer bytes than the same note takes. */
function heldAgainst(existing: Uint8Array, object: Uint8Array, isSame: Note['isSame']): 'same' | 'cut' | 'another' {
  try {
    return isSame(existing) ? 'same' : 'another';
  } catch (error) {
    if (existing.byteLength < object.byteLength && isAppError(error, 'VAULT_OBJECT_INVALID')) return 'cut';
    throw error;
  }
}

const termsOf = (object: Uint8Array) => ({
  bytes: object.byteLength,
  sha256: createHash('sha256').update(object).digest('hex'),
});
