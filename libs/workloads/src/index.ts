export type * from './reader.port.js';
export type * from './writer.port.js';
export { MailReader } from './mail/mail-reader.js';
export { MailWriter } from './mail/mail-writer.js';
export { MAIL_SKIP_CAUSES } from './mail/skip-causes.js';
