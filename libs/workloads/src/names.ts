// An entry of its own: whoever only writes files need not load a client of Microsoft 365, a third of a second of every command.
export { emlName } from './mail/eml-name.js';
export { ATTACHMENTS_EXTRA, attachmentsFolder, keptFilesIn } from './mail/kept-attachments.js';
export { safeName } from './export/safe-name.js';
