import { AppError } from '@holdfast/kernel';
import { AzureDestination } from './azure/azure-destination.js';
import { type Destination } from './destination.port.js';
import { FileServerDestination } from './files/file-server-destination.js';
import { FolderDestination } from './folder/folder-destination.js';
import { FtpServer } from './ftp/ftp-server.js';
import { checkObjectName } from './object-name.js';
import { S3Destination } from './s3/s3-destination.js';
import { type DestinationCredentials, type DestinationSettings } from './settings.js';
import { SftpServer } from './sftp/sftp-server.js';
import { RcloneServer } from './rclone/rclone-server.js';
import { type DestinationSurroundings } from './surroundings.js';

/** A server of files that has not answered for so long is given up. */
const SILENCE_MS = 60_000;

export interface OpenOptions {
  readonly settings: DestinationSettings;
  readonly credentials: DestinationCredentials;
  /** What all object names start with, without a slash at its end: opaque, one per tenant and vault. */
  readonly prefix: string;
}

/** The driver for the settings. Touches nothing yet: the first call does. */
export function openDestination(
  { settings, credentials, prefix }: OpenOptions,
  surroundings: DestinationSurroundings,
): Destination {
  checkObjectName(prefix);
  const { silenceMs = SILENCE_MS } = surroundings;
  if (settings.kind === 'folder') return new FolderDestination(settings, prefix, surroundings);
  if (settings.kind === 's3' && credentials.kind === 's3')
    return new S3Destination(settings, credentials, prefix, surroundings);
  if (settings.kind === 'azure' && credentials.kind === 'azure')
    return new AzureDestination(settings, credentials, prefix, surroundings);
  if (settings.kind === 'sftp' && credentials.kind === 'sftp') {
    const server = new SftpServer(settings, credentials, silenceMs);
    return new FileServerDestination({ server, folder: settings.path, prefix }, surroundings);
  }
  if (settings.kind === 'ftp' && credentials.kind === 'ftp') {
    const server = new FtpServer(settings, credentials, silenceMs);
    return new FileServerDestination({ server, folder: settings.path, prefix }, surroundings);
  }
  if (settings.kind === 'rclone' && credentials.kind === 'rclone') {
    const server = new RcloneServer(settings, credentials, { ...surroundings, silenceMs });
    return new FileServerDestination({ server, folder: settings.path, prefix }, surroundings);
  }
  throw new AppError(
    'INVALID_ARGUMENT',
    `A destination of kind ${settings.kind} needs credentials of its kind, not of ${credentials.kind}.`,
  );
}
