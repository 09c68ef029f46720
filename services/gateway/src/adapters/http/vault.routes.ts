import {
  changedKeysView,
  keyRecovery,
  newRebuild,
  newRotation,
  passphraseChange,
  rebuildView,
  type ChangedKeysView,
  type RebuildView,
} from '@holdfast/contracts/api';
import type { ChangedKeys } from '@holdfast/contracts/auth/v1';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Peers } from '../../app/peers.port.js';
import { RebuildVault, wireSecret } from '../../app/rebuild-vault.js';
import { jobViewOf } from './job.routes.js';
import { Route, type Asked } from './route.js';

/** Destinations are written to, and passphrases are stretched. */
const DEADLINE = { deadlineMs: 120_000 };

/** Keys of vaults, and vaults that come back from their destinations. */
@Controller()
export class VaultRoutes {
  constructor(
    private readonly rebuildVault: RebuildVault,
    private readonly peers: Peers,
  ) {}

  @Route({
    method: 'PUT',
    path: 'tenants/:tenantId/vaults/:vaultId/passphrase',
    permission: 'backup-sets:change',
    summary:
      "Close a vault's keys with another passphrase, for whoever proves the present one or another key; no data is touched, and the old passphrase opens nothing more",
    body: passphraseChange,
    response: changedKeysView,
    audit: { action: 'vault.change-passphrase', is: 'change' },
  })
  async changePassphrase({
    params,
    body,
  }: Asked<'tenantId' | 'vaultId', undefined, z.output<typeof passphraseChange>>): Promise<ChangedKeysView> {
    return changedView(
      await this.peers.keys.changePassphrase({ ...params, ...body, proof: wireSecret(body.proof) }, DEADLINE),
    );
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/vaults/:vaultId/key-rotations',
    permission: 'backup-sets:change',
    summary:
      'Add a root key that new packs are sealed under; it is in this answer and in no other, and the earlier keys are still needed',
    body: newRotation,
    response: changedKeysView,
    status: 201,
    audit: { action: 'vault.rotate-key', is: 'change' },
  })
  async rotate({
    params,
    body,
  }: Asked<'tenantId' | 'vaultId', undefined, z.output<typeof newRotation>>): Promise<ChangedKeysView> {
    return changedView(await this.peers.keys.rotateRootKey({ ...params, ...body }, DEADLINE));
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/vaults/:vaultId/escrows',
    permission: 'backup-sets:change',
    summary: "Put a vault's keys into escrow under a new recovery key, which is in this answer and in no other",
    response: changedKeysView,
    status: 201,
    audit: { action: 'vault.escrow-keys', is: 'change' },
  })
  async escrow({ params }: Asked<'tenantId' | 'vaultId'>): Promise<ChangedKeysView> {
    return changedView(await this.peers.keys.escrowKeys(params, DEADLINE));
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/vaults/:vaultId/key-recoveries',
    permission: 'backup-sets:change',
    summary: "Show a vault's keys to whoever has its recovery key",
    body: keyRecovery,
    response: changedKeysView,
    status: 201,
    audit: { action: 'vault.recover-keys', is: 'change' },
  })
  async recover({
    params,
    body,
    caller,
  }: Asked<'tenantId' | 'vaultId', undefined, z.output<typeof keyRecovery>>): Promise<ChangedKeysView> {
    const asked = { ...params, ...body, actor: caller.keyId };
    return changedView(await this.peers.keys.recoverKeys(asked, DEADLINE));
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/vault-rebuilds',
    permission: 'backup-sets:change',
    summary:
      'Bring a vault, its sets and its jobs back from a destination and the key, into an installation that does not have them',
    body: newRebuild,
    response: rebuildView,
    status: 201,
    audit: { action: 'vault.rebuild', is: 'change' },
  })
  async rebuild({ params, body }: Asked<'tenantId', undefined, z.output<typeof newRebuild>>): Promise<RebuildView> {
    const { found, job, warnings } = await this.rebuildVault.run(params.tenantId, body);
    const { vaultId, newestJobStartedAtMs, resourcesLookedAt, isEveryResource, isKnown, copies } = found;
    return {
      vaultId,
      ...(newestJobStartedAtMs !== 0 && { newestJobStartedAtMs }),
      resourcesLookedAt,
      isEveryResource,
      isKnown,
      copies: copies.map(({ destinationId, holdsVault, newestJobStartedAtMs: newest, trouble }) => ({
        destinationId,
        holdsVault,
        ...(newest !== 0 && { newestJobStartedAtMs: newest }),
        ...(trouble !== '' && { trouble }),
      })),
      ...(job && { job: jobViewOf(job) }),
      warnings: [...warnings],
    };
  }
}

function changedView({ keyTexts, recoveryKeyText, warnings }: ChangedKeys): ChangedKeysView {
  return { keyTexts, ...(recoveryKeyText !== '' && { recoveryKeyText }), warnings };
}
