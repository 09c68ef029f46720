import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a tenant's backups go, and how they are looked at without the product. */
export interface BackupPlace {
  /** As the API takes it. */
  readonly destination: object;
  /** Answers a folder with all that it holds at this moment. */
  look(): Promise<string>;
  remove(): Promise<void>;
}

export async function newFolderPlace(above: string, name: string): Promise<BackupPlace> {
  const path = join(above, name);
  await mkdir(path, { recursive: true });
  return {
    destination: { displayName: 'Backup folder', settings: { kind: 'folder', path } },
    look: () => Promise.resolve(path),
    // A note of the last job may still be on its way.
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}
