import { AppRegistration } from '../signin/app-registration.js';
import type { AppCertificate } from '../certificates.js';
import type { TenantDirectory } from '../directory/tenant-directory.js';
import type { World } from '../world.js';

/** What an app of ours needs for backup and restore (docs: graph/permissions-reference). */
export const ALL_ROLES = [
  'User.Read.All',
  'Organization.Read.All',
  'LicenseAssignment.Read.All',
  'Reports.Read.All',
  'MailboxSettings.Read',
  'MailboxSettings.ReadWrite',
  'Mail.Read',
  'Mail.ReadWrite',
  'Files.Read.All',
  'Files.ReadWrite.All',
  'Sites.Read.All',
  'Sites.ReadWrite.All',
  'Sites.FullControl.All',
] as const;

/** Whoever holds this may sign in to the tenant. */
export interface AppCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly certificate: AppCertificate;
}

export interface TenantInfo extends AppCredentials {
  readonly tenantId: string;
  readonly domain: string;
  readonly displayName: string;
  readonly users: number;
}

/** Registers an app with a secret and a certificate, and consents to the roles in the tenant. */
export function registerApp(
  world: World,
  tenant: TenantDirectory,
  roles: readonly string[],
  certificate: AppCertificate,
): AppCredentials {
  const rng = world.rng.derive('app', world.apps.size);
  const app = new AppRegistration(rng.uuid(), `Backup app ${world.apps.size + 1}`);
  const clientSecret = rng.bytes(30).toString('base64url');
  app.addSecret({ value: clientSecret });
  app.addCertificate(certificate.certificate);
  app.grant(tenant.id, roles);
  world.apps.set(app.clientId, app);
  return { clientId: app.clientId, clientSecret, certificate };
}

export function tenantInfo(tenant: TenantDirectory, credentials: AppCredentials): TenantInfo {
  return {
    tenantId: tenant.id,
    domain: tenant.domain,
    displayName: tenant.displayName,
    users: tenant.users.size,
    ...credentials,
  };
}
