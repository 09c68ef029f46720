import { AppError, parseVaultId, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import {
  DEFAULT_CHUNK_PARAMETERS,
  deriveVaultKeys,
  formatRootKey,
  newRootKey,
  passphraseWarning,
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
import { Destinations } from './destinations.port.js';
import { DiscardVault } from './discard-vault.js';
import { SecretBox } from './secret-box.port.js';
import { VaultWriter } from './vault-writer.port.js';
import { Vaults, type KeyKind, type VaultRow } from './vaults.port.js';

export interface NewVault {
  readonly keyKind: KeyKind;
  /** For `custom`. */
  readonly passphrase: string;
  readonly keyBits: 128 | 256;
  /** In order: the first takes the first copy. */
  readonly destinationIds: readonly DestinationId[];
}

export interface CreatedVault {
  readonly vault: VaultRow;
  /** 44 characters, for the administrator to keep; empty when encryption is off. */
  readonly keyText: string;
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
    private readonly logger: Logger,
  ) {}

  async run(tenant: TenantId, order: NewVault): Promise<CreatedVault> {
    checkOrder(order);
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
          optionalFeatures: [],
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
    const objects = [{ name: VAULT_HEADER_OBJECT, content: header }, ...this.#wraps(root, order)];
    const unreached = await this.writer
      .write(tenant, vaultId, order.destinationIds, objects)
      .catch(async (error: unknown) => {
        await this.#takeBack(tenant, vaultId);
        throw error;
      });
    const keyText = order.keyKind === 'off' ? '' : formatRootKey(root);
    return { vault, keyText, warnings: [...warningsOf(order), ...unreached.map(unreachedWarning)] };
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
  #wraps(root: RootKey, order: NewVault) {
    const secrets: WrapSecret[] = [];
    if (order.keyKind === 'off') secrets.push({ kind: 'open' });
    else secrets.push({ kind: 'provider', key: this.box.providerKey });
    if (order.keyKind === 'custom') secrets.push({ kind: 'passphrase', passphrase: order.passphrase });
    return secrets.map((secret) => {
      const content = wrapRootKey(root, 0, secret, randomBytes);
      return { name: keyWrapObjectName(content), content };
    });
  }
}

function checkOrder({ destinationIds, keyKind, passphrase }: NewVault): void {
  if (destinationIds.length === 0)
    throw new AppError('INVALID_ARGUMENT', 'destinationIds has to name at least one destination.', {
      context: { field: 'destinationIds', rule: 'at least one' },
    });
  if (keyKind === 'custom' && passphrase.length === 0)
    throw new AppError('INVALID_ARGUMENT', 'passphrase has to be given for a custom key.', {
      context: { field: 'passphrase', rule: 'not empty' },
    });
}

function warningsOf({ keyKind, passphrase }: NewVault): string[] {
  if (keyKind === 'off')
    return ['Encryption is off: whoever can read the destination can read everything in this vault.'];
  const weakness = keyKind === 'custom' ? passphraseWarning(passphrase) : undefined;
  return weakness ? [`The passphrase is weak. ${weakness}`] : [];
}

const unreachedWarning = (words: string) => `${words} It takes its copies when it answers again.`;
