import type { FolderStep } from '@holdfast/workloads';
import type { PathFolder } from './item-paths.js';

/**
 * The way to the folder at the target that stands for a folder of the snapshot. Below a target folder all is matched by name;
 * else folders are matched by what they are first, so that an inbox meets the inbox in any language.
 */
export function targetWay(path: readonly PathFolder[], targetFolder: string): readonly FolderStep[] {
  if (targetFolder === '') return path.map(({ record }) => ({ name: record.name, record }));
  const top = targetFolder.split('/').map((name) => ({ name }));
  return [...top, ...path.map(({ record }) => ({ name: record.name }))];
}
