export { checkSaved, type Fault } from './check.js';
export { Dice } from './dice.js';
export { FolderVault } from './folder-vault.js';
export { modelStates, savedStates } from './states.js';
export { tallyDocument } from './tally-document.js';
export { tallySchema } from './tally.js';
export { TenantUnderTest } from './tenant-under-test.js';
