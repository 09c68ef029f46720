export type * from './reader.port.js';
export type * from './writer.port.js';
export { MailReader } from './mail/mail-reader.js';
export { MailWriter } from './mail/mail-writer.js';
export { MAIL_SKIP_CAUSES } from './mail/skip-causes.js';
export { mbox, type MboxMessage } from './mail/mbox.js';
export { DriveReader } from './drive/drive-reader.js';
export { DriveWriter } from './drive/drive-writer.js';
export { DRIVE_SKIP_CAUSES } from './drive/skip-causes.js';
