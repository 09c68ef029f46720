import type { DumpEntry } from '../../core/workload.js';
import { currentVersion, type DriveNode } from './drive-node.js';
import type { Drive } from './drive.js';
import { isoSeconds } from '../../core/sim-clock.js';

/** Every item of a drive but the root, by path: what a backup would have to bring back. */
export async function* dumpDrive(tenantId: string, drive: Drive): AsyncGenerator<DumpEntry> {
  const byPath = [...drive.items()].map((node) => ({ node, path: drive.pathOf(node).join('/') }));
  byPath.sort((left, right) => (left.path < right.path ? -1 : 1));
  for (const { node, path } of byPath) {
    const content = node.kind === 'file' ? currentVersion(node).content : undefined;
    yield {
      tenantId,
      userId: drive.owner.id,
      kind: 'driveItem',
      id: node.id,
      key: path,
      ...(content ? { contentHash: await content.sha256() } : {}),
      fields: {
        kind: node.kind,
        name: node.name,
        createdDateTime: isoSeconds(node.times.createdAt),
        lastModifiedDateTime: isoSeconds(node.times.modifiedAt),
        description: node.description ?? null,
        ...(content ? { size: content.size, quickXorHash: content.quickXorHash } : {}),
        ...particulars(node),
      },
    };
  }
}

function particulars(node: DriveNode): Record<string, unknown> {
  if (node.kind === 'package') return { package: 'oneNote' };
  if (node.kind === 'shortcut') return { remoteItem: node.target };
  if (node.kind !== 'file') return {};
  return { versions: node.versions.length, ...(node.malware === undefined ? {} : { malware: true }) };
}
