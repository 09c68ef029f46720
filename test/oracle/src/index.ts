export { checkSaved, type Fault } from './check.js';
export { Dice } from './dice.js';
export { FolderVault } from './folder-vault.js';
export { modelStates, savedStates } from './states.js';
export { TenantUnderTest } from './tenant-under-test.js';
