import type { Migration } from '@holdfast/platform';
import { destinationsMigrations } from './migrations/destinations.js';
import { freeingMigrations } from './migrations/freeing.js';
import { integrityMigrations } from './migrations/integrity.js';
import { objectsMigrations } from './migrations/objects.js';

/** The schema `storage`, in the order in which it grew, which the names tell. */
export const migrations: readonly Migration[] = [
  ...objectsMigrations,
  ...freeingMigrations,
  ...integrityMigrations,
  ...destinationsMigrations,
].sort((one, other) => (one.name < other.name ? -1 : 1));
