import { AppError, Clock, isAppError, type TenantId } from '@holdfast/kernel';
import {
  deriveVaultKeys,
  GENERATIONS_PREFIX,
  generationNoteName,
  keyWrapObjectName,
  sealGenerationNote,
  SigningKey,
  signingKeysOf,
  VAULT_HEADER_OBJECT,
  wrapRootKey,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { bearsItsHash } from '../domain/merge-copies.js';
import { ringOf } from '../domain/open-found-vault.js';
import { ChangeDestinations } from './change-destinations.js';
import { FindVault, type FoundVault, type WantedVault } from './find-vault.js';
import { SecretBox } from './secret-box.port.js';
import { VaultFinder, type NamedObject } from './vault-finder.port.js';
import { Vaults, type GenerationKey, type VaultRow } from './vaults.port.js';

export interface AdoptedVault {
  readonly vault: VaultRow;
  readonly warnings: readonly string[];
}

/** Rebuilds that may be begun elsewhere at the same moment. */
const MOST_TRIES = 5;

/**
 * Takes in a vault that was made by an installation that is lost: its keys rest here from now on, and its tasks are certified with a new
 * signing key, under a new generation, so that nothing that the lost one still puts can win.
 */
@Injectable()
export class AdoptVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly find: FindVault,
    private readonly finder: VaultFinder,
    private readonly changeDestinations: ChangeDestinations,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  /**
   * Safe to repeat, with other destinations too: what an earlier attempt has opened is gone on with. ALREADY_EXISTS for a vault that was
   * made here; STORE_UNAVAILABLE while a destination does not answer, for what it alone holds would not come back.
   */
  async run(tenant: TenantId, wanted: WantedVault): Promise<AdoptedVault> {
    const { vault, found, unreached } = await this.#adopt(tenant, wanted);
    const warnings = [...passphraseWarnings(found), ...unreached];
    if (vault.destinationIds.join() === wanted.destinationIds.join()) return { vault, warnings };
    const changed = await this.changeDestinations.run(tenant, vault.vaultId, wanted.destinationIds);
    return { vault: changed, warnings: passphraseWarnings(found) };
  }

  async #adopt(tenant: TenantId, wanted: WantedVault) {
    for (let tries = 1; ; tries += 1) {
      const found = await this.find.run(tenant, wanted);
      demandAll(found);
      const vault = await this.#row(tenant, found, wanted);
      try {
        return { vault, found, unreached: await this.#openGeneration(tenant, found, vault) };
      } catch (error) {
        if (!isAppError(error, 'ALREADY_EXISTS') || tries === MOST_TRIES) throw error;
      }
    }
  }

  async #row(tenant: TenantId, found: FoundVault, { destinationIds }: WantedVault): Promise<VaultRow> {
    const known = await this.vaults.find(tenant, found.vaultId);
    const next = generationAfter(found);
    if (!known) return this.#create(tenant, found, { destinationIds, generation: next });
    if (known.generation === 1)
      throw new AppError('ALREADY_EXISTS', 'The vault was made by this installation: there is nothing to rebuild.', {
        context: { vaultId: found.vaultId },
      });
    const ours = known.signingKeys.at(-1);
    const opened = found.generations.find(({ generation }) => generation === known.generation);
    const isOpen = opened !== undefined && ours?.publicKey.equals(opened.signingKey) === true;
    if (isOpen || known.generation === next || !ours) return known;
    // Somebody else has opened it meanwhile.
    const signingKeys = [...keysOf(found), { generation: next, publicKey: ours.publicKey }];
    return this.vaults.reopen(tenant, found.vaultId, next, signingKeys);
  }

  #create(
    tenant: TenantId,
    found: FoundVault,
    { destinationIds, generation }: Pick<VaultRow, 'destinationIds' | 'generation'>,
  ): Promise<VaultRow> {
    const { vaultId, keyKind, header, headerObject, roots } = found;
    const seed = randomBytes(32);
    const publicKey = Buffer.from(SigningKey.fromSeed(seed).publicKey);
    return this.vaults.create(
      {
        tenantId: tenant,
        vaultId,
        keyKind,
        keyBits: header.cipher === 'aes-128-gcm' ? 128 : 256,
        destinationIds,
        generation,
        header: Buffer.from(headerObject),
        signingKeys: [...keysOf(found), { generation, publicKey }],
      },
      {
        sealedRoots: roots.map((root) => this.box.seal(tenant, `root/${vaultId}`, root)),
        sealedSigningKey: this.box.seal(tenant, `signing/${vaultId}`, seed),
      },
    );
  }

  #openGeneration(tenant: TenantId, found: FoundVault, vault: VaultRow): Promise<readonly string[]> {
    const { generation, destinationIds } = vault;
    const note = this.#noteOf(tenant, found, vault);
    const objects = [...provenObjects(found), ...this.#wraps(found)];
    return this.finder.adopt(tenant, vault.vaultId, destinationIds, { generation, note, objects });
  }

  /** The one that an earlier attempt has put, or a new one. */
  #noteOf(tenant: TenantId, found: FoundVault, { vaultId, generation, signingKeys }: VaultRow): NamedObject {
    const name = generationNoteName(generation);
    const ours = signingKeys.at(-1);
    if (!ours) throw new Error('a vault has a signing key');
    const present = found.generations.find((note) => note.generation === generation);
    const content = found.generationObjects.get(name);
    if (content && present && ours.publicKey.equals(present.signingKey)) return { name, content };
    const { cipher, headerKey } = deriveVaultKeys(found.roots, found.header.cipher);
    const openedAt = this.clock.now();
    const of = { tenant, vault: vaultId, generation, signingKey: ours.publicKey, openedAt };
    return { name, content: sealGenerationNote(of, { cipher, key: headerKey }, randomBytes) };
  }

  /** So that this installation's key opens the vault beside the data, as it did the lost one's. */
  #wraps({ roots, keyKind, keyObjects }: FoundVault): readonly NamedObject[] {
    if (keyKind === 'off') return [];
    const secret = { kind: 'provider', key: this.box.providerKey } as const;
    const wrapped = ringOf(keyObjects, secret);
    return roots.flatMap((root, ordinal) => {
      if (wrapped.has(ordinal)) return [];
      const content = wrapRootKey(root, ordinal, secret, randomBytes);
      return [{ name: keyWrapObjectName(content), content }];
    });
  }
}

/** What only a destination that is away holds would not be missed by anybody, and would not come back. */
function demandAll({ lookedAt }: FoundVault): void {
  const [away] = lookedAt.flatMap(({ destinationId, trouble }) => (trouble ? [{ destinationId, trouble }] : []));
  if (!away) return;
  const { destinationId, trouble } = away;
  throw new AppError(
    trouble.code,
    `Destination ${destinationId}: ${trouble.message} What it alone holds does not come back without it: wait until it answers. If it is gone for good, or new, leave it out of the rebuild; a new one is added to the set afterwards.`,
    { context: { destinationId } },
  );
}

/** What was opened with the vault's keys, or bears its own hash: destinations that have something else under the names are mended with it. */
function provenObjects({
  headerObject,
  keyObjects,
  generations,
  generationObjects,
}: FoundVault): readonly NamedObject[] {
  const notes = generations.flatMap(({ generation }) => {
    const name = generationNoteName(generation);
    const content = generationObjects.get(name);
    return content ? [{ name, content }] : [];
  });
  return [{ name: VAULT_HEADER_OBJECT, content: headerObject }, ...keyObjects.filter(bearsItsHash), ...notes];
}

/** A destination that was away during a change of the passphrase has kept the old one, and nothing tells which of two is the newer. */
function passphraseWarnings({ keyObjects, roots }: FoundVault): readonly string[] {
  const wraps = keyObjects.filter((object) => bearsItsHash(object) && /\/passphrase-/.test(object.name));
  if (wraps.length <= roots.length) return [];
  return [
    'More than one passphrase opens the vault: a destination was away when it was changed. Change it now (`holdfast vault key passphrase`), and the earlier ones open nothing more.',
  ];
}

/** Also after a generation whose note is damaged: its name is taken. */
function generationAfter({ generationObjects }: FoundVault): number {
  const taken = [...generationObjects.keys()].map((name) => Number(name.slice(GENERATIONS_PREFIX.length)));
  return Math.max(1, ...taken.filter(Number.isSafeInteger)) + 1;
}

function keysOf({ header, generations }: FoundVault): readonly GenerationKey[] {
  return [...signingKeysOf(header, generations)].map(([generation, publicKey]) => ({
    generation,
    publicKey: Buffer.from(publicKey),
  }));
}
