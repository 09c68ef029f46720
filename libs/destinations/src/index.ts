export {
  Destination,
  type ByteRange,
  type Deletion,
  type LockWish,
  type ObjectBody,
  type ObjectHead,
  type ObjectInfo,
  type Place,
  type PutTerms,
} from './destination.port.js';
export type { Bandwidth } from './bandwidth/bandwidth-settings.js';
export { limitAt } from './bandwidth/limit-at.js';
export { PacedDestination } from './bandwidth/paced-destination.js';
export { Pacer } from './bandwidth/pacer.js';
export type { CheckedStep, CheckReport, CheckStep } from './check-report.js';
export { checkedBody } from './checked-body.js';
export { digestOf, type ObjectDigest } from './digest-of.js';
export { openDestination, type OpenOptions } from './open-destination.js';
export { placeOf, showsSecretsElsewhere } from './same-place.js';
export type { DestinationSurroundings } from './surroundings.js';
export { ForwardingDestination } from './forwarding-destination.js';
export {
  destinationCredentials,
  destinationSettings,
  parseDestinationCredentials,
  parseDestinationSettings,
  type DestinationCredentials,
  type DestinationSettings,
} from './settings.js';
export { azureSettings, type AzureCredentials, type AzureSettings } from './azure/azure-settings.js';
export { folderSettings, type FolderSettings } from './folder/folder-settings.js';
export { ftpSettings, type FtpCredentials, type FtpSettings } from './ftp/ftp-settings.js';
export { rcloneSettings, type RcloneCredentials, type RcloneSettings } from './rclone/rclone-settings.js';
export { s3Settings, type S3Credentials, type S3Settings } from './s3/s3-settings.js';
export { sftpSettings, type SftpCredentials, type SftpSettings } from './sftp/sftp-settings.js';
