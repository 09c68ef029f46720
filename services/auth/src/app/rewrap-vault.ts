import { keyWrapObjectName, rootKeyFromBytes, wrapIdOf, wrapRootKey } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { KeyChanges } from './key-changes.port.js';
import { type SealedUnder, SecretBox } from './secret-box.port.js';
import { VaultWriter } from './vault-writer.port.js';
import { Vaults, type SealedVaultRow, type VaultSecrets } from './vaults.port.js';

/** What became of one secret. */
export type Kept = 'present' | 'rewrapped' | 'remaining' | 'lost';

const BEFORE: Readonly<Record<SealedUnder, Kept>> = { present: 'present', further: 'remaining', none: 'lost' };

/** Puts a vault's keys under the present provider key: as they rest in the database, and their wraps at destinations. */
@Injectable()
export class RewrapVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly writer: VaultWriter,
    private readonly box: SecretBox,
    private readonly changes: KeyChanges,
  ) {}

  /** Of the keys in the database, then of the wraps where the vault has any. `isCount` changes nothing. */
  async run(row: SealedVaultRow, isCount: boolean, actor: string): Promise<readonly Kept[]> {
    const atRest = await this.#seals(row, isCount);
    if (row.vault.keyKind === 'off' || row.isToDiscard) return [atRest];
    if (row.wrappedUnder === this.#wrapId()) return [atRest, 'present'];
    if (isCount) return [atRest, 'remaining'];
    // Wraps need the root keys, and those are not to be had.
    if (atRest === 'lost') return [atRest, 'lost'];
    const { tenantId, vaultId } = row.vault;
    return [atRest, await this.changes.alone(tenantId, vaultId, () => this.#wraps(row, actor))];
  }

  async #seals({ vault: { tenantId, vaultId }, secrets }: SealedVaultRow, isCount: boolean): Promise<Kept> {
    const { sealedRoots, sealedNextRoot, sealedSigningKey } = secrets;
    const [root, signing] = [`root/${vaultId}`, `signing/${vaultId}`];
    const roots = [...sealedRoots, ...(sealedNextRoot ? [sealedNextRoot] : [])];
    const unders = new Set<SealedUnder>([
      ...roots.map((sealed) => this.box.sealedUnder(tenantId, root, sealed)),
      this.box.sealedUnder(tenantId, signing, sealedSigningKey),
    ]);
    const worst = (['none', 'further'] as const).find((under) => unders.has(under)) ?? 'present';
    if (isCount || worst !== 'further') return BEFORE[worst];
    const again = (purpose: string) => (sealed: Buffer) =>
      this.box.seal(tenantId, purpose, this.box.open(tenantId, purpose, sealed));
    const isKept = await this.vaults.reseal(tenantId, vaultId, secrets, {
      sealedRoots: sealedRoots.map(again(root)),
      sealedNextRoot: sealedNextRoot && again(root)(sealedNextRoot),
      sealedSigningKey: again(signing)(sealedSigningKey),
    });
    return isKept ? 'rewrapped' : 'remaining';
  }

  /** The wraps lie there before the database says so, and it says so only where the ring is still the one that was wrapped. */
  async #wraps({ vault: { tenantId, vaultId } }: SealedVaultRow, actor: string): Promise<Kept> {
    const secrets = await this.vaults.secrets(tenantId, vaultId);
    await this.vaults.noteOpened(tenantId, vaultId, actor, 'rewrap');
    await this.writer.replaceKeys(tenantId, vaultId, 'provider', this.#objects(tenantId, vaultId, secrets));
    return (await this.vaults.noteWrapped(tenantId, vaultId, this.#wrapId(), secrets)) ? 'rewrapped' : 'remaining';
  }

  #objects(
    tenant: SealedVaultRow['vault']['tenantId'],
    vault: SealedVaultRow['vault']['vaultId'],
    { sealedRoots, sealedNextRoot }: VaultSecrets,
  ) {
    const secret = { kind: 'provider', key: this.box.providerKey } as const;
    return [...sealedRoots, ...(sealedNextRoot ? [sealedNextRoot] : [])].map((sealed, ordinal) => {
      const root = rootKeyFromBytes(this.box.open(tenant, `root/${vault}`, sealed));
      const content = wrapRootKey(root, ordinal, secret, randomBytes);
      return { name: keyWrapObjectName(content), content };
    });
  }

  #wrapId(): string {
    return wrapIdOf({ kind: 'provider', key: this.box.providerKey });
  }
}
