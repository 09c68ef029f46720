import { z } from 'zod';
import { atMs, displayName, microsoftId, pageQuery, uuid } from './parts.js';

const pem = (what: string, label: string) =>
  z
    .string()
    .max(65_536, 'has to be at most 65536 characters')
    .refine(
      (text) => text.includes(`-----BEGIN ${label}-----`),
      `has to be ${what} in PEM form (-----BEGIN ${label}-----)`,
    );
const guid = z
  .string()
  .regex(
    /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
    'has to be a GUID, as the portal of Microsoft shows it',
  );

/** How the app registration proves itself. */
export const credential = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('secret'),
      clientSecret: z.string().min(1, 'has to be given').max(4_096, 'has to be at most 4096 characters'),
    }),
    z.strictObject({
      kind: z.literal('certificate'),
      privateKey: pem('a private key (PKCS#8)', 'PRIVATE KEY'),
      certificate: pem('a certificate', 'CERTIFICATE'),
    }),
  ],
  { error: 'has to be one of: secret, certificate' },
);

export const newTenant = z.strictObject({
  tenantId: uuid.optional().describe('The id that it had in an installation that was lost; a new one when left out'),
  displayName,
  directoryId: guid.describe("Microsoft's id of the directory"),
  clientId: guid.describe('Application (client) id of the app registration'),
  cloud: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'has to be the name of a cloud: global, us-gov-l4, us-gov-l5 or china')
    .default('global')
    .describe("global, us-gov-l4, us-gov-l5, china, or one of the provider's own"),
  credential,
});

export const tenantChange = z
  .strictObject({ displayName: displayName.optional(), credential: credential.optional() })
  .refine((change) => change.displayName !== undefined || change.credential !== undefined, {
    error: 'has to change something: displayName, credential or both',
  });

export const tenantView = z
  .object({
    tenantId: uuid,
    displayName: z.string(),
    directoryId: z.string(),
    clientId: z.string(),
    cloud: z.string(),
    credentialKind: z.enum(['secret', 'certificate']),
    createdAtMs: atMs,
    credentialExpiresAtMs: atMs.optional(),
  })
  .meta({ id: 'Tenant' });
export type TenantView = z.infer<typeof tenantView>;

export const accountQuery = pageQuery(999).extend({
  startsWith: z.string().max(200, 'has to be at most 200 characters').optional(),
});

export const accountView = z
  .object({
    accountId: microsoftId,
    displayName: z.string(),
    address: z.string(),
    kind: z.string().describe('user, shared, room, equipment, guest or unknown'),
    isLicensed: z.boolean(),
    isEnabled: z.boolean(),
  })
  .meta({ id: 'Account' });
export type AccountView = z.infer<typeof accountView>;
