import type { DriveItemVersion } from '@microsoft/microsoft-graph-types';
import { isoSeconds } from '../../core/sim-clock.js';
import type { FileNode } from '../model/drive-node.js';
import { identity } from './item-json.js';

/** The versions of a file, newest first (docs: graph/api/driveitem-list-versions). */
export function versionsOf(file: FileNode): DriveItemVersion[] {
  return file.versions.toReversed().map(({ id, content, stamp }) => ({
    id,
    lastModifiedBy: identity(stamp.by),
    lastModifiedDateTime: isoSeconds(stamp.at),
    size: content.size,
  }));
}
