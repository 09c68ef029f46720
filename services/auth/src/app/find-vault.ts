import { AppError, isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { deriveVaultKeys, openGenerationNote, type GenerationNote } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { openFoundVault, type GivenSecret, type OpenedRing } from '../domain/open-found-vault.js';
import { VaultFinder, type NamedObject, type VaultAtDestination } from './vault-finder.port.js';

export interface WantedVault {
  /** In order; the vault lies at the first. */
  readonly destinationIds: readonly DestinationId[];
  /** Undefined: the one that the secret opens. */
  readonly vaultId: VaultId | undefined;
  readonly secret: GivenSecret;
}

/** A vault of the tenant that lies at a destination, opened. */
export interface FoundVault extends OpenedRing {
  readonly vaultId: VaultId;
  readonly destinationId: DestinationId;
  readonly headerObject: Uint8Array;
  readonly keyObjects: readonly NamedObject[];
  /** Generations that rebuilds have opened, ascending. */
  readonly generations: readonly GenerationNote[];
  /** The generations' objects, by name. */
  readonly generationObjects: ReadonlyMap<string, Uint8Array>;
}

/** Vaults that a passphrase is tried at: each trial is slow on purpose. */
const MOST_TRIALS = 200;

/** Finds the vault that a secret opens, with nothing but what lies at a destination. */
@Injectable()
export class FindVault {
  constructor(private readonly finder: VaultFinder) {}

  /** KEY_WRONG where vaults lie there and the secret opens none; NOT_FOUND where none lies there. */
  async run(tenant: TenantId, { destinationIds, vaultId, secret }: WantedVault): Promise<FoundVault> {
    const [at] = destinationIds;
    if (at === undefined) throw invalid('destinationIds', 'at least one destination');
    const found: FoundVault[] = [];
    const strangers = new Set<string>();
    let looked = 0;
    for await (const sealed of this.finder.vaultsAt(tenant, at, vaultId)) {
      looked += 1;
      if (secret.kind === 'passphrase' && looked > MOST_TRIALS)
        throw invalid(
          'vaultId',
          `given: the destination holds more than ${MOST_TRIALS} vaults to try the passphrase at`,
        );
      const opened = openFoundVault(sealed, secret);
      if (!opened) continue;
      const { owner } = opened.header;
      if (owner?.tenant === tenant) found.push(await this.#whole(tenant, at, sealed, opened, owner.vault));
      else if (secret.kind !== 'installation' && secret.kind !== 'open') strangers.add(owner?.tenant ?? '');
    }
    const [vault, ...others] = found;
    if (!vault) throw notFound(looked, [...strangers]);
    if (others.length === 0) return vault;
    throw invalid('vaultId', `given, because several are opened: ${found.map((one) => one.vaultId).join(', ')}`);
  }

  async #whole(
    tenant: TenantId,
    destinationId: DestinationId,
    sealed: VaultAtDestination,
    opened: OpenedRing,
    vaultId: VaultId,
  ): Promise<FoundVault> {
    const [own] = await Array.fromAsync(this.finder.vaultsAt(tenant, destinationId, vaultId));
    if (own?.prefix !== sealed.prefix)
      throw new AppError(
        'FAILED_PRECONDITION',
        `The vault lies below ${sealed.prefix}, where it was not made. Move it to the place where it was.`,
        { context: { vaultId } },
      );
    const { cipher, headerKey } = deriveVaultKeys(opened.roots, opened.header.cipher);
    const seal = { cipher, key: headerKey };
    const generations = sealed.generations.flatMap(({ name, content }) => readable(name, content, seal));
    const generationObjects = new Map(sealed.generations.map(({ name, content }) => [name, content]));
    const objects = { headerObject: sealed.header, keyObjects: sealed.keys, generationObjects };
    return { ...opened, ...objects, vaultId, destinationId, generations };
  }
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

function notFound(looked: number, strangers: readonly string[]): AppError {
  const [other] = strangers;
  if (other !== undefined)
    return new AppError(
      'FAILED_PRECONDITION',
      other === ''
        ? 'The vault does not say whose it is: it was made by a version before rebuilds. Restore from it with `holdfast vault restore`.'
        : `The vault is of tenant ${other}. Add the tenant under this id (holdfast tenant add --id ${other} …), with the destination, and rebuild there.`,
      { context: { field: 'tenantId' } },
    );
  if (looked === 0) return new AppError('NOT_FOUND', 'No vault lies at the first of the destinations.');
  return new AppError(
    'KEY_WRONG',
    'What you gave opens no vault of this tenant at the destination. Compare it with the key that was shown when the vault was made; without a key that opens it, nobody can read a vault.',
    { context: { vaults: looked } },
  );
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}
