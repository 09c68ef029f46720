import { AppError, isAppError, type TenantId, type VaultId } from '@holdfast/kernel';
import {
  formatRootKey,
  keyWrapObjectName,
  newRootKey,
  parseRootKey,
  passphraseWarning,
  type RootKey,
  wrapRootKey,
  type WrapSecret,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { ringOf } from '../domain/open-found-vault.js';
import { KeyChanges } from './key-changes.port.js';
import { OpenVault } from './open-vault.js';
import { SecretBox } from './secret-box.port.js';
import { VaultFinder, type NamedObject } from './vault-finder.port.js';
import { VaultWriter } from './vault-writer.port.js';
import { Vaults, type VaultRow } from './vaults.port.js';

/** What a change of keys has to say, once. */
export interface ChangedKeys {
  /** New or recovered root keys, 44 characters each, oldest first. */
  readonly keyTexts: readonly string[];
  /** A new recovery key. */
  readonly recoveryKeyText?: string;
  readonly warnings: readonly string[];
}

type Closing = Exclude<WrapSecret, { readonly kind: 'open' }>;

/** Changes what opens a vault's root keys, and adds root keys, one change at a time; no data is touched, and old packs stay readable. */
@Injectable()
export class ChangeKeys {
  constructor(
    private readonly vaults: Vaults,
    private readonly open: OpenVault,
    private readonly finder: VaultFinder,
    private readonly writer: VaultWriter,
    private readonly box: SecretBox,
    private readonly changes: KeyChanges,
  ) {}

  passphrase(tenant: TenantId, vaultId: VaultId, passphrase: string): Promise<ChangedKeys> {
    return this.changes.alone(tenant, vaultId, async () => {
      const { vault, ring } = await this.#opened(tenant, vaultId);
      if (vault.keyKind !== 'custom') throw unfit(vault, 'It was made without a passphrase');
      const unreached = await this.#close(vault, ring, { kind: 'passphrase', passphrase });
      return { keyTexts: [], warnings: [...weakness(passphrase), ...unreached] };
    });
  }

  /** What an earlier recovery key opens, only the new one opens from then on. */
  escrow(tenant: TenantId, vaultId: VaultId): Promise<ChangedKeys> {
    return this.changes.alone(tenant, vaultId, async () => {
      const { vault, ring } = await this.#opened(tenant, vaultId);
      const { text, warnings } = await this.#escrow(vault, ring);
      return { keyTexts: [], recoveryKeyText: text, warnings };
    });
  }

  /** KEY_WRONG for a recovery key that opens nothing of the vault; who has recovered the keys is noted before they are answered. */
  async recover(tenant: TenantId, vaultId: VaultId, text: string, actor: string): Promise<ChangedKeys> {
    const { vault, ring } = await this.#opened(tenant, vaultId);
    const key = parseRootKey(text);
    const opened = ringOf(await this.#keyObjects(vault), { kind: 'recovery', key });
    if (opened.size === 0)
      throw new AppError(
        'KEY_WRONG',
        'This recovery key does not open the vault. A later one may have taken its place.',
        {
          context: { vaultId },
        },
      );
    await this.vaults.noteOpened(tenant, vaultId, actor, 'recover');
    return { keyTexts: ring.map(formatRootKey), warnings: [] };
  }

  /**
   * Adds a root key. It lies wrapped at a destination before anything is sealed under it; an attempt that breaks off is gone on with
   * by the next, under the same key.
   */
  rotate(tenant: TenantId, vaultId: VaultId, passphrase: string): Promise<ChangedKeys> {
    return this.changes.alone(tenant, vaultId, () => this.#rotate(tenant, vaultId, passphrase));
  }

  async #rotate(tenant: TenantId, vaultId: VaultId, passphrase: string): Promise<ChangedKeys> {
    const { vault, ring: before } = await this.#opened(tenant, vaultId);
    const keys = await this.#keyObjects(vault);
    if (vault.keyKind === 'custom' && ringOf(keys, { kind: 'passphrase', passphrase }).size === 0)
      throw new AppError('KEY_WRONG', 'This is not the vault’s passphrase; the new key has to be closed with it too.', {
        context: { vaultId },
      });
    const root = await this.#nextRoot(vault);
    const ring = [...before, root];
    const unreached = await this.#close(vault, ring, { kind: 'provider', key: this.box.providerKey });
    if (vault.keyKind === 'custom') await this.#close(vault, ring, { kind: 'passphrase', passphrase });
    const isEscrowed = keys.some(({ name }) => name.includes('/recovery-'));
    const escrow = isEscrowed ? await this.#escrow(vault, ring) : undefined;
    await this.vaults.takeNextRoot(tenant, vaultId);
    const recovery = escrow && { recoveryKeyText: escrow.text };
    return { keyTexts: [formatRootKey(root)], ...recovery, warnings: unreached };
  }

  async #nextRoot({ tenantId, vaultId }: VaultRow): Promise<RootKey> {
    const sealed = this.box.seal(tenantId, `root/${vaultId}`, newRootKey(randomBytes));
    return this.open.unsealed(tenantId, vaultId, await this.vaults.nextRoot(tenantId, vaultId, sealed));
  }

  async #escrow(vault: VaultRow, ring: readonly RootKey[]) {
    const recovery = newRootKey(randomBytes);
    const warnings = await this.#close(vault, ring, { kind: 'recovery', key: recovery });
    return { text: formatRootKey(recovery), warnings };
  }

  /** Wraps every root key with the secret, in place of all earlier wraps of its kind. */
  #close({ tenantId, vaultId }: VaultRow, ring: readonly RootKey[], secret: Closing): Promise<readonly string[]> {
    const objects = ring.map((root, ordinal) => {
      const content = wrapRootKey(root, ordinal, secret, randomBytes);
      return { name: keyWrapObjectName(content), content };
    });
    return this.writer.replaceKeys(tenantId, vaultId, secret.kind, objects);
  }

  async #opened(tenant: TenantId, vaultId: VaultId) {
    const { vault, roots } = await this.open.run(tenant, vaultId);
    if (vault.keyKind === 'off') throw unfit(vault, 'It is not encrypted');
    return { vault, ring: roots.map(({ key }) => key) };
  }

  /** As the first destination that answers has them. */
  async #keyObjects({ tenantId, vaultId, destinationIds }: VaultRow): Promise<readonly NamedObject[]> {
    let failure: AppError | undefined;
    for (const destination of destinationIds)
      try {
        const [found] = await Array.fromAsync(this.finder.vaultsAt(tenantId, destination, vaultId));
        if (found) return found.keys;
      } catch (error) {
        if (!isAppError(error)) throw error;
        failure = error;
      }
    throw failure ?? new AppError('NOT_FOUND', 'No destination holds the vault.', { context: { vaultId } });
  }
}

const weakness = (passphrase: string) => {
  const warning = passphraseWarning(passphrase);
  return warning === undefined ? [] : [`The passphrase is weak. ${warning}`];
};

function unfit({ vaultId, keyKind }: VaultRow, why: string): AppError {
  return new AppError('FAILED_PRECONDITION', `${why}: this cannot be changed for it.`, {
    context: { vaultId, keyKind },
  });
}
