import { KeyKind, type CreateVaultResponse } from '@holdfast/contracts/auth/v1';
import type { BackupSet, SourceSelection } from '@holdfast/contracts/scheduler/v1';
import { isAppError, type TenantId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Peers } from './peers.port.js';

export interface WantedVault {
  readonly destinationIds: readonly string[];
  readonly encryption:
    | { readonly kind: 'default' | 'off' }
    | { readonly kind: 'user-password'; readonly passphrase: string; readonly escrow: boolean }
    | { readonly kind: 'custom'; readonly passphrase: string; readonly keyBits: number; readonly escrow: boolean };
  readonly compression: string;
}

export interface WantedBackupSet {
  readonly displayName: string;
  readonly source: SourceSelection;
  readonly timeZone: string;
  readonly retentionJson: string;
  readonly retentionRuns: string;
  /** A vault to make, or the id of one that exists. */
  readonly vault: WantedVault | string;
}

export interface CreatedBackupSet {
  readonly backupSet: BackupSet;
  /** 44 characters, or empty when no key was made. */
  readonly keyText: string;
  /** As long, or empty without escrow. */
  readonly recoveryKeyText: string;
  readonly warnings: readonly string[];
}

const KINDS = {
  default: KeyKind.KEY_KIND_DEFAULT,
  'user-password': KeyKind.KEY_KIND_USER_PASSWORD,
  custom: KeyKind.KEY_KIND_CUSTOM,
  off: KeyKind.KEY_KIND_OFF,
} as const;

const REFUSALS = ['INVALID_ARGUMENT', 'ALREADY_EXISTS', 'FAILED_PRECONDITION', 'NOT_FOUND'] as const;

/** Making a vault writes to destinations and stretches a passphrase. */
const VAULT_DEADLINE_MS = 120_000;

/** Makes the vault, then the set in it. */
@Injectable()
export class CreateBackupSet {
  constructor(
    private readonly peers: Peers,
    private readonly logger: Logger,
  ) {}

  async run(tenant: TenantId, wanted: WantedBackupSet): Promise<CreatedBackupSet> {
    const { vault, keyText, recoveryKeyText, warnings } = await this.#vault(tenant, wanted.vault);
    const vaultId = vault?.vaultId ?? '';
    const isNew = typeof wanted.vault !== 'string';
    try {
      const { displayName, source, timeZone, retentionJson, retentionRuns } = wanted;
      const set = { tenantId: tenant, displayName, source, vaultId, timeZone, retentionJson, retentionRuns };
      return { backupSet: await this.peers.backupSets.createBackupSet(set), keyText, recoveryKeyText, warnings };
    } catch (error) {
      if (isNew && isRefusal(error)) await this.#takeBack(tenant, vaultId);
      throw error;
    }
  }

  /** Auth makes sure of it once it has heard; a vault of which it has not is empty, and the log names it. */
  async #takeBack(tenant: TenantId, vaultId: string): Promise<void> {
    await this.peers.keys.discardVault({ tenantId: tenant, vaultId }).catch((error: unknown) => {
      this.logger.error('An empty vault of a backup set that was refused stays behind', {
        tenantId: tenant,
        vaultId,
        error,
      });
    });
  }

  async #vault(tenant: TenantId, wanted: WantedVault | string): Promise<CreateVaultResponse> {
    if (typeof wanted === 'string') {
      const vault = await this.peers.keys.getVault({ tenantId: tenant, vaultId: wanted });
      await this.peers.keys.checkKeyPolicy({ tenantId: tenant, vaultId: wanted }, { deadlineMs: VAULT_DEADLINE_MS });
      return { vault, keyText: '', recoveryKeyText: '', warnings: [] };
    }
    const { encryption } = wanted;
    return this.peers.keys.createVault(
      {
        tenantId: tenant,
        keyKind: KINDS[encryption.kind],
        passphrase: 'passphrase' in encryption ? encryption.passphrase : '',
        escrow: 'escrow' in encryption && encryption.escrow,
        keyBits: encryption.kind === 'custom' ? encryption.keyBits : 0,
        destinationIds: [...wanted.destinationIds],
        compression: wanted.compression,
      },
      { deadlineMs: VAULT_DEADLINE_MS },
    );
  }
}

/** Whether scheduler made no set for certain; an answer that got lost may belong to one that was made. */
function isRefusal(error: unknown): boolean {
  return REFUSALS.some((code) => isAppError(error, code));
}
