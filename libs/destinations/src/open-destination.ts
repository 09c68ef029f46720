import { AppError } from '@holdfast/kernel';
import { type Destination } from './destination.port.js';
import { type FileServer } from './files/file-server.port.js';
import { checkObjectName } from './object-name.js';
import { type DestinationCredentials, type DestinationSettings } from './settings.js';
import { type DestinationSurroundings } from './surroundings.js';

/** A server of files that has not answered for so long is given up. */
const SILENCE_MS = 60_000;

export interface OpenOptions {
  readonly settings: DestinationSettings;
  readonly credentials: DestinationCredentials;
  /** What all object names start with, without a slash at its end: opaque, one per tenant and vault. */
  readonly prefix: string;
}

/**
 * The driver for the settings. Touches nothing at the destination yet: the first call does. A driver and the client library below it are
 * loaded when the first destination of their kind is opened: most processes need one kind, and all of them take 35 MiB.
 */
export async function openDestination(
  { settings, credentials, prefix }: OpenOptions,
  surroundings: DestinationSurroundings,
): Promise<Destination> {
  checkObjectName(prefix);
  const { silenceMs = SILENCE_MS } = surroundings;
  if (settings.kind === 'folder') {
    const { FolderDestination } = await import('./folder/folder-destination.js');
    return new FolderDestination(settings, prefix, surroundings);
  }
  if (settings.kind === 's3' && credentials.kind === 's3') {
    const { S3Destination } = await import('./s3/s3-destination.js');
    return new S3Destination(settings, credentials, prefix, surroundings);
  }
  if (settings.kind === 'azure' && credentials.kind === 'azure') {
    const { AzureDestination } = await import('./azure/azure-destination.js');
    return new AzureDestination(settings, credentials, prefix, surroundings);
  }
  if (settings.kind === 'sftp' && credentials.kind === 'sftp') {
    const { SftpServer } = await import('./sftp/sftp-server.js');
    return onServer(new SftpServer(settings, credentials, silenceMs), settings.path);
  }
  if (settings.kind === 'ftp' && credentials.kind === 'ftp') {
    const { FtpServer } = await import('./ftp/ftp-server.js');
    return onServer(new FtpServer(settings, credentials, silenceMs), settings.path);
  }
  if (settings.kind === 'rclone' && credentials.kind === 'rclone') {
    const { RcloneServer } = await import('./rclone/rclone-server.js');
    return onServer(new RcloneServer(settings, credentials, { ...surroundings, silenceMs }), settings.path);
  }
  throw new AppError(
    'INVALID_ARGUMENT',
    `A destination of kind ${settings.kind} needs credentials of its kind, not of ${credentials.kind}.`,
  );

  async function onServer(server: FileServer, folder: string): Promise<Destination> {
    const { FileServerDestination } = await import('./files/file-server-destination.js');
    return new FileServerDestination({ server, folder, prefix }, surroundings);
  }
}
