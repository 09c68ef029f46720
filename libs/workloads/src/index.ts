export type * from './reader.port.js';
export type * from './writer.port.js';
export { referredFolders, withReferredFolders } from './folder-references.js';
export { MailReader } from './mail/mail-reader.js';
export { MailWriter } from './mail/mail-writer.js';
export {
  ATTACHMENTS_EXTRA,
  attachmentsFolder,
  hasKeptAttachments,
  type KeptFile,
  keptFilesIn,
  parseAttachments,
} from './mail/kept-attachments.js';
export { mbox, type MboxMessage } from './mail/mbox.js';
export { DriveReader } from './drive/drive-reader.js';
export { DriveWriter } from './drive/drive-writer.js';
export { DELETION_CAUSES } from './deletion-causes.js';
export { DRIVE_SKIP_CAUSES } from './drive/skip-causes.js';
export { CONTENTS_AT_ONCE } from './contents-at-once.js';
export { counted, tellsOfItem } from './counted.js';
export { WHOLE_SCOPE } from './whole-scope.js';
export { listAfresh } from './list-afresh.js';
export type { FidelityEntry } from './fidelity.js';
export { MAIL_FIDELITY } from './mail/fidelity.js';
export { DRIVE_FIDELITY } from './drive/fidelity.js';
export { FIDELITY } from './fidelity-lists.js';
export { skipCauseOf } from './skip-cause-of.js';
export { emlName, safeName } from './names.js';
export { zip, type ZipEntry } from './export/zip.js';
