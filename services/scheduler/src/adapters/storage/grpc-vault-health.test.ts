import { parseTenantId, parseVaultId } from '@holdfast/kernel';
import type { GrpcConnection } from '@holdfast/platform';
import { expect, it } from '@jest/globals';
import { GrpcVaultHealth } from './grpc-vault-health.js';

it('gives storage five seconds, because a backup waits for the answer', async () => {
  const asked: unknown[] = [];
  const listWarnings = async (...of: readonly unknown[]) => {
    asked.push(of);
    return { locks: ['Locks could not be extended.'], destinations: ['Away.'] };
  };
  const storage = { client: () => ({ listWarnings }) } as unknown as GrpcConnection;
  const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
  const vault = parseVaultId('cccccccc-0000-4000-8000-000000000000');
  expect(await new GrpcVaultHealth(storage).warnings(tenant, vault)).toEqual([
    { about: 'locks', text: 'Locks could not be extended.' },
    { about: 'destination', text: 'Away.' },
  ]);
  expect(asked).toEqual([[{ tenantId: tenant, vaultId: vault }, { deadlineMs: 5_000 }]]);
});
