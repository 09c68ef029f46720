import { z } from 'zod';
import { bandwidth } from '../bandwidth/bandwidth-settings.js';

/** A folder of this machine, a mounted drive or a mounted share. */
export const folderSettings = z.strictObject({
  kind: z.literal('folder'),
  path: z
    .string()
    .max(1_024, 'has to be at most 1024 characters')
    .refine(
      (path) => path.startsWith('/') && path !== '/',
      'has to be an absolute path of a folder, such as /backup/holdfast',
    )
    .refine(
      (path) => !path.split('/').includes('..') && !path.includes('\0'),
      'may not contain `..` or control characters; give the path itself',
    )
    .describe('Absolute path of an existing folder'),
  bandwidth,
});

/** A folder of this machine needs none. */
export const folderCredentials = z.strictObject({ kind: z.literal('folder') });

export type FolderSettings = Readonly<z.infer<typeof folderSettings>>;
