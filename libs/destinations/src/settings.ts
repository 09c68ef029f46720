import { AppError } from '@holdfast/kernel';
import { z } from 'zod';

const HOST = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z0-9-]{1,63}$/;
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/;

const host = z.string().regex(HOST, 'has to be a host name or IPv4 address alone: no scheme, port or path');
const port = z
  .int('has to be a whole number from 1 to 65535')
  .min(1, 'has to be at least 1')
  .max(65_535, 'has to be at most 65535');
const secretText = (what: string) =>
  z.string().min(1, `has to be given: ${what}`).max(4_096, 'has to be at most 4096 characters');

/** A folder of this machine, a mounted drive or a mounted share. */
export const folderSettings = z.strictObject({
  kind: z.literal('folder'),
  path: z
    .string()
    .max(1_024, 'has to be at most 1024 characters')
    .refine(
      (path) => path.startsWith('/') && path !== '/',
      'has to be an absolute path of a folder, such as /backup/holdfast',
    )
    .refine(
      (path) => !path.split('/').includes('..') && !path.includes('\0'),
      'may not contain `..` or control characters; give the path itself',
    )
    .describe('Absolute path of an existing folder'),
});

/** An HTTP proxy that stands between us and a destination. */
const proxySettings = z.strictObject({ host, port }).describe('HTTP proxy that connections go through');

/** An existing bucket of a service that speaks S3. */
export const s3Settings = z.strictObject({
  kind: z.literal('s3'),
  host: host.describe('Host name of the service, such as s3.eu-central-1.amazonaws.com'),
  port: port.optional().describe('TCP port; 443 with TLS and 80 without when left out'),
  tls: z.boolean().default(true).describe('Whether the connection is encrypted'),
  bucket: z
    .string()
    .regex(BUCKET, 'has to be the name of an existing bucket: 3 to 63 lower-case letters, digits, `.` and `-`')
    .describe('Name of an existing bucket'),
  region: z
    .string()
    .regex(REGION, 'has to be a region name, such as eu-central-1')
    .default('us-east-1')
    .describe('Region that requests are signed for'),
  pathStyle: z.boolean().default(true).describe('Whether the bucket stands in the path rather than in the host name'),
  ca: z
    .string()
    .regex(CERTIFICATE, 'has to be certificates in PEM form (-----BEGIN CERTIFICATE-----)')
    .max(65_536, 'has to be at most 65536 characters')
    .optional()
    .describe('Certificates to trust besides the public ones, as PEM'),
  proxy: proxySettings.optional(),
});

/** Where backup data goes. Holds no secret: those are {@link destinationCredentials}. */
export const destinationSettings = z.discriminatedUnion('kind', [folderSettings, s3Settings], {
  error: 'has to be one of: folder, s3',
});

/** The secret part of a destination; kept and sent apart from its settings. */
export const destinationCredentials = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('folder') }),
    z.strictObject({
      kind: z.literal('s3'),
      accessKey: secretText('the access key of an account that may use the bucket'),
      secretKey: secretText('the secret that belongs to the access key'),
      proxyUser: secretText('the user name for the proxy').optional(),
      proxyPassword: secretText('the password for the proxy').optional(),
    }),
  ],
  { error: 'has to be one of: folder, s3' },
);

export type FolderSettings = Readonly<z.infer<typeof folderSettings>>;
export type S3Settings = Readonly<z.infer<typeof s3Settings>>;
export type DestinationSettings = FolderSettings | S3Settings;
export type DestinationCredentials = Readonly<z.infer<typeof destinationCredentials>>;
export type S3Credentials = Extract<DestinationCredentials, { kind: 's3' }>;

/** Settings from unknown input, or INVALID_ARGUMENT that names every wrong field and its rule. */
export function parseDestinationSettings(input: unknown): DestinationSettings {
  return parseWith(destinationSettings, 'destination', input);
}

/** Credentials from unknown input, or INVALID_ARGUMENT that names every wrong field and its rule, and never a value. */
export function parseDestinationCredentials(input: unknown): DestinationCredentials {
  return parseWith(destinationCredentials, 'destination credentials', input);
}

function parseWith<Output>(schema: z.ZodType<Output>, what: string, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || what}: ${issue.message}`);
  throw new AppError('INVALID_ARGUMENT', `The ${what} cannot be used. ${problems.join('; ')}.`, {
    context: { field: parsed.error.issues.map((issue) => issue.path.join('.') || what).join(', ') },
  });
}
