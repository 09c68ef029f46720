import { type ContainerNode, currentVersion, type DriveNode, isContainer, type Stamp } from './drive-node.js';
import type { Drive } from './drive.js';

/** Copies an item with all below it: new ids, the current version alone, no grants. The caller has made sure that the name is free. */
export function copyNode(
  drive: Drive,
  node: DriveNode,
  at: { readonly parent: ContainerNode; readonly name: string; readonly stamp: Stamp },
): DriveNode {
  const item = { ...at, times: node.times };
  if (node.kind === 'file') {
    const { content, recipe } = currentVersion(node);
    return drive.createFile(item, { content, ...(recipe ? { recipe } : {}) });
  }
  if (!isContainer(node)) return drive.createShortcut(item, node.target);
  const folder = drive.createFolder(item, node.kind === 'package' ? 'package' : 'folder');
  for (const child of node.children.values())
    copyNode(drive, child, { parent: folder, name: child.name, stamp: at.stamp });
  return folder;
}
