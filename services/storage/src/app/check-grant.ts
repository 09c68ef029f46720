import type { GrantClaims } from '@holdfast/contracts';
import { AppError } from '@holdfast/kernel';
import { GrantChecker } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Fences } from './fences.port.js';
import { fenceOf } from './task-fence.js';

/** Lets only the live holder of a task through: signature, time, holder, and no higher epoch seen. */
@Injectable()
export class CheckGrant {
  constructor(
    private readonly checker: GrantChecker,
    private readonly fences: Fences,
  ) {}

  async run(grant: string, caller: string): Promise<GrantClaims> {
    const claims = await this.checker.check(grant);
    if (claims.holder !== caller)
      throw new AppError('GRANT_REFUSED', 'The grant was given to another service.', {
        context: { taskId: claims.task },
      });
    await this.fences.pass(claims.tenant, fenceOf(claims));
    return claims;
  }
}
