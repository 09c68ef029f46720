import { z } from 'zod';
import { bandwidth } from '../bandwidth/bandwidth-settings.js';
import { ca, proxy, secretText } from '../settings-parts.js';

/** Names of rclone's options and backends. */
const WORD = /^[a-z0-9][a-z0-9_]{0,63}$/;
/** Options that name files of this machine, run programs of it, or take its own account at a cloud. */
const REACHES_INTO_THIS_MACHINE = /(^|_)(command|file|ssh|env_auth|socket|path_override)$|^(remote|remotes|upstreams)$/;

const MAX_OPTIONS = 64;

/** The rule that the name of an option breaks, if it breaks one. */
function ruleOf(name: string): string | undefined {
  if (!WORD.test(name)) return 'has to be the name of an option of the backend';
  if (!REACHES_INTO_THIS_MACHINE.test(name)) return undefined;
  return 'may not be used: it would reach for files, programs or accounts of the machine that Holdfast runs on, or for another remote';
}

/** A folder of any service that the program rclone knows, as one of its backends. */
export const rcloneSettings = z.strictObject({
  kind: z.literal('rclone'),
  backend: z
    .string()
    .regex(WORD, 'has to be the `type` of a section of rclone.conf, such as drive, dropbox or onedrive')
    .describe('Type of the backend: https://rclone.org/overview/'),
  path: z
    .string()
    .min(1, 'has to name an existing folder there')
    .max(1_024, 'has to be at most 1024 characters')
    .regex(/^[^\0\r\n]*[^\0\r\n/]$/, 'has to be a path without a slash at its end')
    .refine((path) => !path.split('/').includes('..'), 'may not contain `..`; give the path itself')
    .describe('Existing folder, as the backend names it'),
  ca,
  proxy,
  bandwidth,
});

/** The options of a section of rclone.conf but for its type: any of them may be a secret. */
export const rcloneCredentials = z.strictObject({
  kind: z.literal('rclone'),
  options: z
    .record(
      z.string(),
      z
        .string()
        .max(65_536, 'has to be at most 65536 characters')
        .regex(/^[^\0\r\n]*$/, 'has to be one line'),
    )
    .default({})
    .superRefine((options, context) => {
      if (Object.keys(options).length > MAX_OPTIONS)
        context.addIssue({ code: 'custom', message: `has to be at most ${MAX_OPTIONS} options` });
      for (const name of Object.keys(options)) {
        const message = ruleOf(name);
        if (message !== undefined) context.addIssue({ code: 'custom', path: [name.slice(0, 64)], message });
      }
    })
    .describe('Options as `rclone config show` prints them, secrets in its own obscured form'),
  proxyUser: secretText('the user name for the proxy').optional(),
  proxyPassword: secretText('the password for the proxy').optional(),
});

export type RcloneSettings = Readonly<z.infer<typeof rcloneSettings>>;
export type RcloneCredentials = Readonly<z.infer<typeof rcloneCredentials>>;
