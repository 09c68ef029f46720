export { findVaults, type FoundVault, type VaultSecret } from './find-vaults.js';
export { PackCatalogue, type DamagedPack } from './pack-catalogue.js';
export { type ChainState, type DamagedSnapshot, readChains } from './read-chains.js';
export { FileWrites, type FileToWrite } from './file-writes.js';
export { CataloguedSource } from './catalogued-source.js';
export { type ItemOutcome, type ItemsSource, writeItems } from './write-items.js';
export { makeFolder } from './make-folder.js';
