import type { GrantClaims } from '@holdfast/contracts';
import { AppError } from '@holdfast/kernel';
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
