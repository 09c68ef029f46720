// An entry of its own: whoever only names files need not load a client of Microsoft 365, a third of a second of every command.
export { emlName } from './mail/eml-name.js';
export { safeName } from './export/safe-name.js';
