import type { GrantClaims } from '@holdfast/contracts';
import { AppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { GrantChecker } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Fences } from './fences.port.js';
import { fenceOf } from './task-fence.js';

/** Lets only the live holder of a task through. */
@Injectable()
export class CheckGrant {
  constructor(
    private readonly checker: GrantChecker,
    private readonly fences: Fences,
  ) {}

  /** Signature, time, holder, and no higher epoch seen. */
  async run(grant: string, caller: string): Promise<GrantClaims> {
    const claims = await this.read(grant, caller);
    await this.fences.pass(claims.tenant, fenceOf(claims));
    return claims;
  }

  /** Lets a crawler read in the vault of its grant and nowhere else; restore reads for people too, who hold none. */
  async mayRead(tenant: TenantId, vault: VaultId, grant: string, caller: string): Promise<void> {
    if (caller === 'restore' && grant === '') return;
    const claims = await this.run(grant, caller);
    if (claims.tenant !== tenant || claims.vault !== vault)
      throw new AppError('GRANT_REFUSED', 'The grant is for another vault.', { context: { taskId: claims.task } });
  }

  /** Signature, time and holder; for calls that compare epochs themselves. */
  async read(grant: string, caller: string): Promise<GrantClaims> {
    const claims = await this.checker.check(grant);
    if (claims.holder !== caller)
      throw new AppError('GRANT_REFUSED', 'The grant was given to another service.', {
        context: { taskId: claims.task },
      });
    return claims;
  }
}
