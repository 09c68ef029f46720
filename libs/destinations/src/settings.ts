import { AppError } from '@holdfast/kernel';
import { z } from 'zod';
import { azureCredentials, azureSettings } from './azure/azure-settings.js';
import { folderCredentials, folderSettings } from './folder/folder-settings.js';
import { ftpCredentials, ftpSettings } from './ftp/ftp-settings.js';
import { rcloneCredentials, rcloneSettings } from './rclone/rclone-settings.js';
import { s3Credentials, s3Settings } from './s3/s3-settings.js';
import { sftpCredentials, sftpSettings } from './sftp/sftp-settings.js';

const error = 'has to be one of: folder, s3, azure, sftp, ftp, rclone';

/** Where backup data goes. Holds no secret: those are {@link destinationCredentials}. */
export const destinationSettings = z.discriminatedUnion(
  'kind',
  [folderSettings, s3Settings, azureSettings, sftpSettings, ftpSettings, rcloneSettings],
  { error },
);

/** The secret part of a destination; kept and sent apart from its settings. */
export const destinationCredentials = z.discriminatedUnion(
  'kind',
  [folderCredentials, s3Credentials, azureCredentials, sftpCredentials, ftpCredentials, rcloneCredentials],
  { error },
);

export type DestinationSettings = Readonly<z.infer<typeof destinationSettings>>;
export type DestinationCredentials = Readonly<z.infer<typeof destinationCredentials>>;

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
