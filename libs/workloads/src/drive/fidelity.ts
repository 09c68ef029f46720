import type { ItemKind } from '@holdfast/vault';
import type { FidelityEntry } from '../fidelity.js';

const ITEM = 'Graph documentation, resources/driveitem.md: read-only';
const SHORTCUT = 'Seen in clients (docs/decisions/0011-shortcuts-of-drives.md): the call takes a name and a target';
const entry = (kind: ItemKind, field: string, happens: string, source: string): FidelityEntry => ({
  kind,
  field,
  happens,
  source,
});

/** What of a drive's items does not come back through Graph. */
export const DRIVE_FIDELITY: readonly FidelityEntry[] = [
  entry('file', 'id', 'A file that was gone gets another id.', ITEM),
  entry('file', 'eTag', 'Is made afresh.', ITEM),
  entry('file', 'cTag', 'Is made afresh.', ITEM),
  entry('file', 'createdDateTime', 'Is the time of the restore; the times of fileSystemInfo are kept.', ITEM),
  entry('file', 'lastModifiedDateTime', 'Is the time of the restore; the times of fileSystemInfo are kept.', ITEM),
  entry('file', 'createdBy', 'Is the app; only the migration interface can set another.', ITEM),
  entry('file', 'lastModifiedBy', 'Is the app; only the migration interface can set another.', ITEM),
  entry(
    'file',
    'versions',
    'Older versions are not part of a backup; a file that was written over keeps its own.',
    'Graph documentation, api/driveitem-list-versions.md',
  ),
  entry(
    'file',
    'shared',
    'Permissions and links are not part of a backup.',
    'Graph documentation, api/driveitem-invite.md',
  ),
  entry('file', 'webUrl', 'Follows from id and path.', ITEM),
  entry('drive-folder', 'id', 'A folder that was gone gets another id.', ITEM),
  entry('drive-folder', 'createdBy', 'Is the app.', ITEM),
  entry('drive-folder', 'lastModifiedBy', 'Is the app.', ITEM),
  entry(
    'package',
    'package',
    'A notebook comes back as a folder with its parts.',
    'SharePoint documentation, apis/onenote-migration-service.md: the mark is set by CSOM only',
  ),
  entry('shortcut', 'id', 'A shortcut that was gone gets another id.', ITEM),
  entry('shortcut', 'createdBy', 'Is the app.', ITEM),
  entry('shortcut', 'lastModifiedBy', 'Is the app.', ITEM),
  entry('shortcut', 'fileSystemInfo.createdDateTime', 'Is the time of the restore.', SHORTCUT),
  entry('shortcut', 'fileSystemInfo.lastModifiedDateTime', 'Is the time of the restore.', SHORTCUT),
];
