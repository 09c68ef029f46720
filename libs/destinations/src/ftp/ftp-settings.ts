import { z } from 'zod';
import { bandwidth } from '../bandwidth/bandwidth-settings.js';
import { ca, host, port, secretText, serverPath, user } from '../settings-parts.js';

/** An existing folder of a server that speaks FTP. */
export const ftpSettings = z.strictObject({
  kind: z.literal('ftp'),
  host: host.describe('Host name of the server'),
  port: port.optional().describe('TCP port; 990 with implicit TLS and 21 otherwise when left out'),
  tls: z
    .enum(['explicit', 'implicit', 'none'])
    .default('explicit')
    .describe(
      'explicit: TLS is asked for before the sign-in; implicit: from the first byte; none: the password is seen on the way',
    ),
  ca,
  user: user.describe('Account on the server'),
  path: serverPath,
  bandwidth,
});

/** What opens the account. */
export const ftpCredentials = z.strictObject({
  kind: z.literal('ftp'),
  password: secretText('the password of the account'),
});

export type FtpSettings = Readonly<z.infer<typeof ftpSettings>>;
export type FtpCredentials = Readonly<z.infer<typeof ftpCredentials>>;
