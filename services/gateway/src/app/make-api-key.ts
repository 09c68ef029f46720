import { AppError, Clock } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { formatToken } from '../domain/api-key-token.js';
import { reaches, type Caller, type Role } from '../domain/permissions.js';
import { ApiKeys, type ApiKey, type KeyOwner } from './api-keys.port.js';
import { sha256 } from './recognise-caller.js';

const DAY_MS = 86_400_000;

export interface NewApiKey {
  readonly displayName: string;
  readonly role: Role;
  /** Absent: all tenants. */
  readonly tenantIds?: readonly string[] | undefined;
  readonly expiresInDays?: number | undefined;
}

/** Makes a key that reaches no further than the one that makes it. */
@Injectable()
export class MakeApiKey {
  constructor(
    private readonly keys: ApiKeys,
    private readonly clock: Clock,
  ) {}

  /** Answers the key's text, which is kept nowhere. */
  async run(owner: KeyOwner, maker: Caller, wanted: NewApiKey): Promise<{ apiKey: ApiKey; token: string }> {
    refuseWider(maker, wanted);
    const createdAtMs = this.clock.now();
    const apiKey: ApiKey = {
      keyId: randomBytes(8).toString('hex'),
      displayName: wanted.displayName,
      role: wanted.role,
      ...(wanted.tenantIds && { tenantIds: wanted.tenantIds }),
      createdBy: maker.keyId,
      createdAtMs,
      ...(wanted.expiresInDays && { expiresAtMs: createdAtMs + wanted.expiresInDays * DAY_MS }),
    };
    const secret = randomBytes(32).toString('base64url');
    await this.keys.add(owner, apiKey, sha256(secret));
    return { apiKey, token: formatToken({ keyId: apiKey.keyId, secret }) };
  }
}

function refuseWider(maker: Caller, { tenantIds }: NewApiKey): void {
  const isWithin = tenantIds ? tenantIds.every((tenant) => reaches(maker, tenant)) : maker.tenantIds === undefined;
  if (!isWithin)
    throw new AppError('NOT_FOUND', 'A tenant that the key shall reach does not exist, or is not yours.', {
      context: { field: 'tenantIds', rule: 'tenants that your own key reaches' },
    });
}
