import { AppError, parseVaultId, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import {
  DEFAULT_CHUNK_PARAMETERS,
  deriveVaultKeys,
  formatRootKey,
  newRootKey,
  sealVaultHeader,
  wrapIdOf,
  wrapRootKey,
  keyIdOf,
  keyWrapObjectName,
  SigningKey,
  VAULT_HEADER_OBJECT,
  type RootKey,
  type WrapSecret,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { randomBytes, randomUUID } from 'node:crypto';
import { hasPassphrase, USER_PASSWORD_FEATURE, type KeyKind } from '../domain/key-kind.js';
import { CheckPassphrase } from './check-passphrase.js';
import { Destinations } from './destinations.port.js';
import { DiscardVault } from './discard-vault.js';
import { demandEscrow, KeyPolicy } from './key-policy.js';
import { SecretBox } from './secret-box.port.js';
import { VaultWriter } from './vault-writer.port.js';
import { Vaults, type VaultRow } from './vaults.port.js';

export interface NewVault {
  readonly keyKind: KeyKind;
  /** For the kinds that have one. */
  readonly passphrase: string;
  /** Whether a recovery key is made too. */
  readonly escrow: boolean;
  readonly keyBits: 128 | 256;
  /** In order: the first takes the first copy. */
  readonly destinationIds: readonly DestinationId[];
}

export interface CreatedVault {
  readonly vault: VaultRow;
  /** 44 characters, for the administrator to keep; empty when encryption is off. */
  readonly keyText: string;
  /** The recovery key, as long; empty without escrow. */
  readonly recoveryKeyText: string;
  readonly warnings: readonly string[];
}

/** Makes a vault: keys, wraps, header, and its first objects at the destinations. The key's text is answered once and kept nowhere. */
@Injectable()
export class CreateVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly destinations: Destinations,
    private readonly writer: VaultWriter,
    private readonly box: SecretBox,
    private readonly discard: DiscardVault,
    private readonly checkPassphrase: CheckPassphrase,
    private readonly policy: KeyPolicy,
    private readonly logger: Logger,
  ) {}

  async run(tenant: TenantId, order: NewVault): Promise<CreatedVault> {
    const warnings = this.#check(order);
    for (const id of order.destinationIds) await this.destinations.get(tenant, id);
    const vaultId = parseVaultId(randomUUID());
    const root = newRootKey(randomBytes);
    const signingSeed = randomBytes(32);
    const signingPublicKey = Buffer.from(SigningKey.fromSeed(signingSeed).publicKey);
    const cipher = order.keyBits === 128 ? 'aes-128-gcm' : 'aes-256-gcm';
    const header = Buffer.from(
      sealVaultHeader(
        {
          keyId: keyIdOf(root),
          cipher,
          chunks: DEFAULT_CHUNK_PARAMETERS,
          signingKey: signingPublicKey,
          owner: { tenant, vault: vaultId },
          requiredFeatures: [],
          optionalFeatures: order.keyKind === 'user-password' ? [USER_PASSWORD_FEATURE] : [],
          unknown: new Map(),
        },
        deriveVaultKeys([root], cipher).headerKey,
        randomBytes,
      ),
    );
    const vault = await this.vaults.create(
      {
        tenantId: tenant,
        vaultId,
        keyKind: order.keyKind,
        keyBits: order.keyBits,
        destinationIds: order.destinationIds,
        generation: 1,
        header,
        signingKeys: [{ generation: 1, publicKey: signingPublicKey }],
      },
      {
        sealedRoots: [this.box.seal(tenant, `root/${vaultId}`, root)],
        sealedSigningKey: this.box.seal(tenant, `signing/${vaultId}`, signingSeed),
        wrappedUnder: wrapIdOf({ kind: 'provider', key: this.box.providerKey }),
      },
    );
    const recovery = order.escrow ? newRootKey(randomBytes) : undefined;
    const objects = [{ name: VAULT_HEADER_OBJECT, content: header }, ...this.#wraps(root, order, recovery)];
    const unreached = await this.writer
      .write(tenant, vaultId, order.destinationIds, objects)
      .catch(async (error: unknown) => {
        await this.#takeBack(tenant, vaultId);
        throw error;
      });
    const keyText = order.keyKind === 'off' ? '' : formatRootKey(root);
    const recoveryKeyText = recovery ? formatRootKey(recovery) : '';
    return { vault, keyText, recoveryKeyText, warnings: [...warnings, ...unreached.map(unreachedWarning)] };
  }

  /** What to warn of in the order; throws where it cannot be, or the provider does not want it so. */
  #check(order: NewVault): readonly string[] {
    checkOrder(order);
    const { keyKind, escrow, passphrase } = order;
    const remedy =
      'Make it with escrow (`holdfast set create … --escrow`), and keep the recovery key that is then shown.';
    demandEscrow(this.policy, { keyKind, isEscrowed: escrow, remedy });
    if (keyKind === 'off')
      return ['Encryption is off: whoever can read the destination can read everything in this vault.'];
    return hasPassphrase(keyKind) ? this.checkPassphrase.run(passphrase) : [];
  }

  /** Only a database that is away keeps this from being noted: then an empty vault stays that nobody was given, and the log names it. */
  async #takeBack(tenant: TenantId, vaultId: VaultId): Promise<void> {
    await this.discard.run(tenant, vaultId).catch((error: unknown) => {
      this.logger.error('An empty vault that could not be made ready stays behind', {
        tenantId: tenant,
        vaultId,
        error,
      });
    });
  }

  /** The root key's wraps, one object for each secret that opens it. */
  #wraps(root: RootKey, order: NewVault, recovery: RootKey | undefined) {
    const secrets: WrapSecret[] = [];
    if (order.keyKind === 'off') secrets.push({ kind: 'open' });
    else secrets.push({ kind: 'provider', key: this.box.providerKey });
    if (hasPassphrase(order.keyKind)) secrets.push({ kind: 'passphrase', passphrase: order.passphrase });
    if (recovery) secrets.push({ kind: 'recovery', key: recovery });
    return secrets.map((secret) => {
      const content = wrapRootKey(root, 0, secret, randomBytes);
      return { name: keyWrapObjectName(content), content };
    });
  }
}

function checkOrder({ destinationIds, keyKind, keyBits, passphrase, escrow }: NewVault): void {
  if (destinationIds.length === 0)
    throw new AppError('INVALID_ARGUMENT', 'destinationIds has to name at least one destination.', {
      context: { field: 'destinationIds', rule: 'at least one' },
    });
  if (hasPassphrase(keyKind) && passphrase.length === 0)
    throw new AppError('INVALID_ARGUMENT', 'passphrase has to be given for a key of this kind.', {
      context: { field: 'passphrase', rule: 'not empty' },
    });
  if (keyKind === 'user-password' && keyBits !== 256) throw unfit('keyBits', '256 for a user password');
  if (keyKind === 'off' && escrow) throw unfit('escrow', 'left out where nothing is encrypted');
}

function unfit(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}

const unreachedWarning = (words: string) => `${words} It takes its copies when it answers again.`;
