import { z } from 'zod';
import { bandwidth } from '../bandwidth/bandwidth-settings.js';
import { ca, host, port, proxy, secretText } from '../settings-parts.js';

const ACCOUNT = /^[a-z0-9]{3,24}$/;
const CONTAINER = /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
/** Of the 64 bytes of a key. */
const BASE64 = /^[A-Za-z0-9+/]{86}==$/;

/** An existing container of an Azure storage account, or of a service that speaks the same. */
export const azureSettings = z.strictObject({
  kind: z.literal('azure'),
  account: z
    .string()
    .regex(ACCOUNT, 'has to be the name of a storage account: 3 to 24 lower-case letters and digits')
    .describe('Name of the storage account'),
  container: z
    .string()
    .regex(CONTAINER, 'has to be the name of an existing container: 3 to 63 lower-case letters, digits and single `-`')
    .describe('Name of an existing container'),
  host: host.optional().describe('Host name of the blob service; <account>.blob.core.windows.net when left out'),
  port: port.optional().describe('TCP port; 443 with TLS and 80 without when left out'),
  tls: z.boolean().default(true).describe('Whether the connection is encrypted'),
  accountInPath: z
    .boolean()
    .default(false)
    .describe('Whether the account stands in the path rather than in the host name, as Azurite has it'),
  ca,
  proxy,
  bandwidth,
});

/** What opens the container: the account's key, or a shared access signature. */
export const azureCredentials = z
  .strictObject({
    kind: z.literal('azure'),
    accountKey: z
      .string()
      .regex(BASE64, 'has to be a key of the account as the portal shows it: 88 characters')
      .optional()
      .describe('A key of the storage account'),
    sas: z
      .string()
      .max(4_096, 'has to be at most 4096 characters')
      .transform((text) => text.replace(/^\?/, ''))
      .refine(
        (text) => /(^|&)sig=[^&]+/.test(text) && !/[\s#]/.test(text),
        'has to be a shared access signature alone, such as sv=…&sp=racwdl&sig=…, without the address before it',
      )
      .optional()
      .describe('A shared access signature with the rights to read, add, create, write, delete and list'),
    proxyUser: secretText('the user name for the proxy').optional(),
    proxyPassword: secretText('the password for the proxy').optional(),
  })
  .refine(({ accountKey, sas }) => (accountKey === undefined) !== (sas === undefined), {
    path: ['accountKey'],
    error: 'has to be given, or sas instead',
  });

export type AzureSettings = Readonly<z.infer<typeof azureSettings>>;
export type AzureCredentials = Readonly<z.infer<typeof azureCredentials>>;
