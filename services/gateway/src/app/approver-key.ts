import { AppError, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../domain/permissions.js';
import { ApiKeys } from './api-keys.port.js';

/** Keys stand for persons: one that was made after a request was cannot approve it, so that nobody makes a second person for it. */
@Injectable()
export class ApproverKey {
  constructor(private readonly keys: ApiKeys) {}

  /** PERMISSION_DENIED for a key that is not older than the request. */
  async require(tenant: TenantId, caller: Caller, requestedAtMs: number): Promise<void> {
    for (const owner of [tenant, 'provider'] as const) {
      const key = (await this.keys.list(owner)).find(({ keyId }) => keyId === caller.keyId);
      if (key && key.createdAtMs >= requestedAtMs)
        throw new AppError(
          'PERMISSION_DENIED',
          'Your API key was made after the deletion was requested, so it cannot approve it. Approve with a key that existed before, or request the deletion anew.',
        );
    }
  }
}
