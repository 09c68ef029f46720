import { AppError, isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { deriveVaultKeys, openGenerationNote, type GenerationNote } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { mergeCopies } from '../domain/merge-copies.js';
import { openFoundVault, type GivenSecret, type OpenedRing } from '../domain/open-found-vault.js';
import { VaultFinder, type NamedObject, type VaultAtDestination } from './vault-finder.port.js';

export interface WantedVault {
  /** In order: the first that holds the vault is read first. */
  readonly destinationIds: readonly DestinationId[];
  /** Undefined: the one that the secret opens. */
  readonly vaultId: VaultId | undefined;
  readonly secret: GivenSecret;
}

/** What a look at one destination told. */
export interface LookedAt {
  readonly destinationId: DestinationId;
  readonly holdsVault: boolean;
  /** Why it could not be looked at. */
  readonly trouble: AppError | undefined;
}

/** A vault of the tenant that lies at a destination, opened. */
export interface FoundVault extends OpenedRing {
  readonly vaultId: VaultId;
  /** Each that was named, in order. */
  readonly lookedAt: readonly LookedAt[];
  readonly headerObject: Uint8Array;
  /** Those of all destinations together, and so the rest. */
  readonly keyObjects: readonly NamedObject[];
  /** Generations that rebuilds have opened, ascending. */
  readonly generations: readonly GenerationNote[];
  /** The generations' objects, by name. */
  readonly generationObjects: ReadonlyMap<string, Uint8Array>;
}

interface Opening {
  readonly vaultId: VaultId;
  readonly sealed: VaultAtDestination;
  readonly opened: OpenedRing;
}

/** What a search has met so far. */
interface Search {
  readonly wanted: WantedVault;
  /** By vault: where it was opened first. */
  readonly found: Map<VaultId, Opening>;
  /** Tenants of other vaults that the secret opens; empty for one that does not say. */
  readonly strangers: Set<string>;
  /** By destination that did not answer. */
  readonly troubles: Map<DestinationId, AppError>;
  /** Copies that the secret was tried at, so that one that lies at several destinations is tried once. */
  readonly tried: Set<string>;
  /** What was wrong with a copy that the secret belongs to. */
  damage: AppError | undefined;
}

/** Vaults that a passphrase is tried at: each trial is slow on purpose. */
const MOST_TRIALS = 200;

/** Finds the vault that a secret opens, with nothing but what lies at destinations; one that lacks it, or is away, is told of. */
@Injectable()
export class FindVault {
  constructor(private readonly finder: VaultFinder) {}

  /** KEY_WRONG where vaults lie there and the secret opens none; NOT_FOUND where none lies there. */
  async run(tenant: TenantId, wanted: WantedVault): Promise<FoundVault> {
    if (wanted.destinationIds.length === 0) throw invalid('destinationIds', 'at least one destination');
    const search: Search = {
      wanted,
      found: new Map(),
      strangers: new Set(),
      troubles: new Map(),
      tried: new Set(),
      damage: undefined,
    };
    for (const at of wanted.destinationIds) await this.#search(tenant, at, search);
    const [vault, ...others] = search.found.values();
    if (!vault) throw notFound(search);
    if (others.length === 0) return this.#whole(tenant, vault, search);
    throw invalid('vaultId', `given, because several are opened: ${[...search.found.keys()].join(', ')}`);
  }

  async #search(tenant: TenantId, at: DestinationId, search: Search): Promise<void> {
    const { wanted, tried } = search;
    try {
      for await (const sealed of this.finder.vaultsAt(tenant, at, wanted.vaultId)) {
        const copy = digestOf(sealed);
        if (tried.has(copy)) continue;
        tried.add(copy);
        if (wanted.secret.kind === 'passphrase' && tried.size > MOST_TRIALS)
          throw invalid(
            'vaultId',
            `given: the destinations hold more than ${MOST_TRIALS} vaults to try the passphrase at`,
          );
        tryToOpen(tenant, sealed, search);
      }
    } catch (error) {
      if (!isAway(error)) throw error;
      search.troubles.set(at, error);
    }
  }

  async #whole(tenant: TenantId, { vaultId, sealed, opened }: Opening, search: Search): Promise<FoundVault> {
    const { wanted, troubles } = search;
    const copies = new Map<DestinationId, VaultAtDestination>();
    for (const at of wanted.destinationIds) {
      if (troubles.has(at)) continue;
      const [own] = await Array.fromAsync(this.finder.vaultsAt(tenant, at, vaultId));
      if (own) copies.set(at, own);
    }
    if (copies.size === 0)
      throw new AppError(
        'FAILED_PRECONDITION',
        `The vault lies below ${sealed.prefix}, where it was not made. Move it to the place where it was.`,
        { context: { vaultId } },
      );
    const { cipher, headerKey } = deriveVaultKeys(opened.roots, opened.header.cipher);
    const note = ({ name, content }: NamedObject) => readable(name, content, { cipher, key: headerKey });
    const { keys, generations } = mergeCopies([...copies.values()], (object) => note(object).length > 0);
    const ring = openFoundVault({ header: sealed.header, keys }, wanted.secret) ?? opened;
    const lookedAt = wanted.destinationIds.map((destinationId) => ({
      destinationId,
      holdsVault: copies.has(destinationId),
      trouble: troubles.get(destinationId),
    }));
    const generationObjects = new Map(generations.map(({ name, content }) => [name, content]));
    const objects = { headerObject: sealed.header, keyObjects: keys, generationObjects };
    return { ...ring, ...objects, vaultId, lookedAt, generations: generations.flatMap(note) };
  }
}

/** A copy whose header is damaged, or whose keys it lacks, is opened by what another destination has. */
function tryToOpen(tenant: TenantId, sealed: VaultAtDestination, search: Search): void {
  const { found, strangers } = search;
  const { secret } = search.wanted;
  let opened: OpenedRing | undefined;
  try {
    opened = openFoundVault(sealed, secret);
  } catch (error) {
    if (!isAppError(error, 'VAULT_OBJECT_INVALID')) throw error;
    search.damage ??= error;
    return;
  }
  if (!opened) return;
  const { owner } = opened.header;
  if (owner?.tenant === tenant) {
    if (!found.has(owner.vault)) found.set(owner.vault, { vaultId: owner.vault, sealed, opened });
  } else if (secret.kind !== 'installation' && secret.kind !== 'open') strangers.add(owner?.tenant ?? '');
}

/** A note that is damaged says nothing; its number counts as taken all the same, because nothing is put over it. */
function readable(name: string, content: Uint8Array, seal: Parameters<typeof openGenerationNote>[2]): GenerationNote[] {
  try {
    return [openGenerationNote(name, content, seal)];
  } catch (error) {
    if (isAppError(error, 'VAULT_OBJECT_INVALID')) return [];
    throw error;
  }
}

function digestOf({ prefix, header, keys }: VaultAtDestination): string {
  const hash = createHash('sha256').update(prefix).update(header);
  for (const { name, content } of keys) hash.update(name).update(content);
  return hash.digest('hex');
}

/** Of the destination, not of what was asked. */
function isAway(error: unknown): error is AppError {
  return isAppError(error, 'STORE_UNAVAILABLE') || isAppError(error, 'STORE_DENIED');
}

function notFound({ tried, strangers, troubles, damage }: Search): AppError {
  const [away] = troubles;
  if (away !== undefined) {
    const [destinationId, { code, message }] = away;
    return new AppError(code, `Destination ${destinationId}: ${message}`, { context: { destinationId } });
  }
  if (damage) return damage;
  const [other] = strangers;
  if (other !== undefined)
    return new AppError(
      'FAILED_PRECONDITION',
      other === ''
        ? 'The vault does not say whose it is: it was made by a version before rebuilds. Restore from it with `holdfast vault restore`.'
        : `The vault is of tenant ${other}. Add the tenant under this id (holdfast tenant add --id ${other} …), with the destination, and rebuild there.`,
      { context: { field: 'tenantId' } },
    );
  if (tried.size === 0) return new AppError('NOT_FOUND', 'No vault lies at any of the destinations.');
  return new AppError(
    'KEY_WRONG',
    'What you gave opens no vault of this tenant at the destinations. Compare it with the key that was shown when the vault was made; without a key that opens it, nobody can read a vault.',
    { context: { vaults: tried.size } },
  );
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}
