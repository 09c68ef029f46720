import type { GrantClaims } from '@holdfast/contracts';
import { AppError, Clock } from '@holdfast/kernel';
import { issueTaskCertificate } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { OpenVault } from './open-vault.js';
import { Vaults } from './vaults.port.js';

const KEY_BYTES = 32;
/** The longest that one holder works on one task; a later one certifies a key of its own. */
const VALID_MS = 30 * 24 * 60 * 60_000;

/** Certifies a task's signing key for what its grant says: resource, epoch and the vault's generation. */
@Injectable()
export class CertifyTask {
  constructor(
    private readonly vaults: Vaults,
    private readonly open: OpenVault,
    private readonly clock: Clock,
  ) {}

  async run(claims: GrantClaims, publicKey: Uint8Array): Promise<Uint8Array> {
    const { tenant, vault, set, resource, epoch } = claims;
    if (set === undefined || (claims.kind !== 'backup' && claims.kind !== 'rewriting'))
      throw new AppError('PERMISSION_DENIED', 'Only the task of a backup or a rewriting may sign snapshots.', {
        context: { taskId: claims.task },
      });
    if (publicKey.length !== KEY_BYTES)
      throw new AppError('INVALID_ARGUMENT', 'publicKey has to be 32 bytes (Ed25519).', {
        context: { field: 'publicKey', rule: '32 bytes' },
      });
    const { generation } = await this.vaults.get(tenant, vault);
    const notAfter = this.clock.now() + VALID_MS;
    const certificate = { tenant, vault, set, resource, epoch, generation, publicKey, notAfter };
    return issueTaskCertificate(certificate, await this.open.signingKey(tenant, vault));
  }
}
