import { z } from 'zod';
import { bandwidth } from '../bandwidth/bandwidth-settings.js';
import { ca, host, port, proxy, secretText } from '../settings-parts.js';

const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z0-9-]{1,63}$/;

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
  lock: z
    .strictObject({
      mode: z
        .enum(['governance', 'compliance'], 'has to be one of: governance, compliance')
        .describe('Who may end a lock early: accounts with a right of their own, or nobody'),
      days: z
        .int('has to be a whole number from 1 to 3650')
        .min(1, 'has to be at least 1')
        .max(3_650, 'has to be at most 3650')
        .describe(
          'Days from its writing for which an object can be neither deleted nor replaced; extended while it is needed',
        ),
    })
    .optional()
    .describe('Object lock of what is written; the bucket has to have it enabled'),
  ca,
  proxy,
  bandwidth,
});

/** An account that may use the bucket. */
export const s3Credentials = z.strictObject({
  kind: z.literal('s3'),
  accessKey: secretText('the access key of an account that may use the bucket'),
  secretKey: secretText('the secret that belongs to the access key'),
  proxyUser: secretText('the user name for the proxy').optional(),
  proxyPassword: secretText('the password for the proxy').optional(),
});

export type S3Settings = Readonly<z.infer<typeof s3Settings>>;
export type S3Credentials = Readonly<z.infer<typeof s3Credentials>>;
