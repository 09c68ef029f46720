export {
  Destination,
  type ByteRange,
  type Deletion,
  type ObjectBody,
  type ObjectHead,
  type ObjectInfo,
  type Place,
  type PutTerms,
} from './destination.port.js';
export type { CheckedStep, CheckReport, CheckStep } from './check-report.js';
export { checkedBody } from './checked-body.js';
export { openDestination, type OpenOptions } from './open-destination.js';
export type { DestinationSurroundings } from './surroundings.js';
export {
  destinationCredentials,
  destinationSettings,
  folderSettings,
  parseDestinationCredentials,
  parseDestinationSettings,
  s3Settings,
  type DestinationCredentials,
  type DestinationSettings,
  type FolderSettings,
  type S3Credentials,
  type S3Settings,
} from './settings.js';
