import { z } from 'zod';
import { bandwidth } from '../bandwidth/bandwidth-settings.js';
import { host, port, secretText, serverPath, user } from '../settings-parts.js';

/** An existing folder of a server that speaks SFTP. */
export const sftpSettings = z.strictObject({
  kind: z.literal('sftp'),
  host: host.describe('Host name of the server'),
  port: port.default(22).describe('TCP port'),
  user: user.describe('Account on the server'),
  path: serverPath,
  hostKeys: z
    .array(
      z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'has to be a fingerprint as `ssh-keygen -l` prints it: SHA256:…'),
    )
    .min(1, "has to name the server's host key; `ssh-keyscan HOST | ssh-keygen -lf -` prints those that it shows")
    .max(8, 'has to be at most 8 fingerprints')
    .describe("SHA-256 fingerprints of the server's host keys; any other server is refused"),
  bandwidth,
});

/** What opens the account: a password or a key. */
export const sftpCredentials = z
  .strictObject({
    kind: z.literal('sftp'),
    password: secretText('the password of the account').optional(),
    privateKey: z
      .string()
      .max(65_536, 'has to be at most 65536 characters')
      .regex(/^-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'has to be a private key in PEM or OpenSSH form')
      .optional()
      .describe('Private key that the account is opened with, instead of a password'),
    passphrase: secretText('the passphrase of the private key').optional(),
  })
  .refine(({ password, privateKey }) => (password === undefined) !== (privateKey === undefined), {
    path: ['password'],
    error: 'has to be given, or privateKey instead',
  });

export type SftpSettings = Readonly<z.infer<typeof sftpSettings>>;
export type SftpCredentials = Readonly<z.infer<typeof sftpCredentials>>;
