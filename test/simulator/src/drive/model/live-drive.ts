import type { Rng } from '../../core/rng.js';
import type { ChangeReport } from '../../core/workload.js';
import type { ContentLibrary } from '../content/content-library.js';
import { copyNode } from './copy-node.js';
import { type ContainerNode, type DriveNode, type FileNode, isContainer, type Stamp } from './drive-node.js';
import type { Drive } from './drive.js';
import { editedContent } from './edit-content.js';
import { MAX_PATH_CHARACTERS } from './names.js';
import { planFile } from './plan-content.js';
import { fileName, folderName } from './sample-names.js';

export interface Life {
  readonly drive: Drive;
  readonly library: ContentLibrary;
  readonly tenantName: string;
  readonly stamp: Stamp;
}

type Happening = (life: Life, rng: Rng) => ChangeReport | undefined;

/** What people do, and how often out of a hundred. */
const HAPPENINGS: readonly (readonly [weight: number, happening: Happening])[] = [
  [26, createFile],
  [26, editFile],
  [5, createFolder],
  [11, renameOrMove((life, rng) => pickFile(life, rng))],
  [7, renameOrMove((life, rng) => pickFolder(life, rng))],
  [7, (life, rng) => remove(life, pickFile(life, rng))],
  [2, (life, rng) => remove(life, pickFolder(life, rng))],
  [4, restore],
  [4, describe],
  [3, copyFile],
  [2, changeCase],
  [2, saveAnew],
  [1, restoreVersion],
];

/** Lets one seeded, plausible thing happen to a drive. */
export function liveDrive(life: Life, rng: Rng): ChangeReport {
  let dice = rng.int(0, 99);
  for (const [weight, happening] of HAPPENINGS) {
    if (dice < weight) return happening(life, rng) ?? createFile(life, rng);
    dice -= weight;
  }
  return createFile(life, rng);
}

function createFile({ drive, library, tenantName, stamp }: Life, rng: Rng): ChangeReport {
  const parent = rng.pick(folders(drive));
  const planned = planFile(rng, tenantName);
  const name = fileName(rng, rng.int(1_000, 1_000_000_000), planned.ending);
  const times = { createdAt: stamp.at, modifiedAt: stamp.at };
  const item = { parent: fits(drive, parent, name) ? parent : drive.root, name, stamp, times };
  const taken = drive.child(item.parent, name);
  if (taken) return { did: 'nothing', itemId: taken.id };
  const file = drive.createFile(item, { content: library.fromRecipe(planned.recipe), recipe: planned.recipe });
  return { did: 'create-file', itemId: file.id };
}

function editFile(life: Life, rng: Rng): ChangeReport | undefined {
  const file = pickFile(life, rng);
  if (!file) return undefined;
  life.drive.replaceContent(file, editedContent(life.library, file, rng), life.stamp);
  return { did: 'edit', itemId: file.id };
}

function createFolder({ drive, stamp }: Life, rng: Rng): ChangeReport | undefined {
  const parent = rng.pick(folders(drive));
  const name = folderName(rng, rng.int(1_000, 1_000_000));
  if (drive.child(parent, name) || !fits(drive, parent, name)) return undefined;
  return { did: 'create-folder', itemId: drive.createFolder({ parent, name, stamp }).id };
}

function renameOrMove(pick: (life: Life, rng: Rng) => DriveNode | undefined): Happening {
  return (life, rng) => {
    const { drive, stamp } = life;
    const node = pick(life, rng);
    if (!node?.parent) return undefined;
    const isMove = rng.chance(0.5);
    const parent = isMove ? rng.pick(folders(drive)) : node.parent;
    const dot = node.kind === 'file' ? node.name.lastIndexOf('.') : -1;
    const ending = dot > 0 ? node.name.slice(dot) : '';
    const name = isMove ? node.name : `renamed ${rng.int(1, 1_000_000)}${ending}`;
    const isFree = drive.child(parent, name) === undefined;
    if (!isFree || isBelow(parent, node) || !fits(drive, parent, name, depthBelow(node))) return undefined;
    drive.place(node, parent, name, stamp);
    return { did: isMove ? 'move' : 'rename', itemId: node.id };
  };
}

function remove({ drive, stamp }: Life, node: DriveNode | undefined): ChangeReport | undefined {
  if (!node || holdsLocked(node)) return undefined;
  drive.remove(node, stamp);
  return { did: 'delete', itemId: node.id };
}

function restore({ drive, stamp }: Life, rng: Rng): ChangeReport | undefined {
  const ids = drive.recycledIds();
  if (ids.length === 0) return undefined;
  const itemId = rng.pick(ids);
  return drive.restore(itemId, stamp) ? { did: 'restore', itemId } : undefined;
}

function describe(life: Life, rng: Rng): ChangeReport | undefined {
  const file = pickFile(life, rng);
  if (!file) return undefined;
  life.drive.describe(file, rng.chance(0.2) ? undefined : `note ${rng.int(1, 1_000)}`, life.stamp);
  return { did: 'describe', itemId: file.id };
}

function copyFile(life: Life, rng: Rng): ChangeReport | undefined {
  const { drive, stamp } = life;
  const file = pickFile(life, rng);
  if (!file) return undefined;
  const parent = rng.pick(folders(drive));
  if (drive.child(parent, file.name) || !fits(drive, parent, file.name)) return undefined;
  return { did: 'copy', itemId: copyNode(drive, file, { parent, name: file.name, stamp }).id };
}

/** Another spelling of the same name: no conflict with itself (facts: names compare case-insensitively). */
function changeCase(life: Life, rng: Rng): ChangeReport | undefined {
  const node = rng.chance(0.5) ? pickFile(life, rng) : pickFolder(life, rng);
  if (!node?.parent) return undefined;
  const upper = node.name.toUpperCase();
  const name = node.name === upper ? node.name.toLowerCase() : upper;
  const taken = life.drive.child(node.parent, name);
  if (name === node.name || name.length !== node.name.length || (taken && taken !== node)) return undefined;
  life.drive.place(node, node.parent, name, life.stamp);
  return { did: 'change-case', itemId: node.id };
}

/** As many programs save: the old file goes and a new one takes its name. */
function saveAnew(life: Life, rng: Rng): ChangeReport | undefined {
  const { drive, library, stamp } = life;
  const file = pickFile(life, rng);
  if (!file?.parent) return undefined;
  const { parent, name } = file;
  const content = editedContent(library, file, rng);
  drive.remove(file, stamp);
  const times = { createdAt: stamp.at, modifiedAt: stamp.at };
  return { did: 'save-anew', itemId: drive.createFile({ parent, name, stamp, times }, content).id };
}

/** An older version's content becomes the newest version (docs: graph/api/driveitemversion-restore). */
function restoreVersion(life: Life, rng: Rng): ChangeReport | undefined {
  const { drive, stamp } = life;
  const edited = workableFiles(drive).filter(({ versions }) => versions.length > 1);
  if (edited.length === 0) return undefined;
  const file = rng.pick(edited);
  const { content, recipe } = rng.pick(file.versions.slice(0, -1));
  drive.replaceContent(file, { content, ...(recipe ? { recipe } : {}) }, stamp);
  return { did: 'restore-version', itemId: file.id };
}

/** Files that somebody may work on. */
export function workableFiles(drive: Drive): FileNode[] {
  return [...drive.items()].filter(
    (node): node is FileNode => node.kind === 'file' && !node.isLocked && node.malware === undefined,
  );
}

/** Whether a checked-out file is the item or lies below it: then it cannot be deleted. */
export function holdsLocked(node: DriveNode): boolean {
  if (node.kind === 'file') return node.isLocked;
  return isContainer(node) && [...node.children.values()].some(holdsLocked);
}

/** Whether `candidate` is the item itself or lies below it. */
export function isBelow(candidate: DriveNode, node: DriveNode): boolean {
  for (let at: DriveNode | undefined = candidate; at; at = at.parent) if (at === node) return true;
  return false;
}

function pickFile({ drive }: Life, rng: Rng): FileNode | undefined {
  const files = workableFiles(drive);
  return files.length === 0 ? undefined : rng.pick(files);
}

function pickFolder({ drive }: Life, rng: Rng): ContainerNode | undefined {
  const own = folders(drive).filter((folder) => folder !== drive.root && folder.specialName === undefined);
  return own.length === 0 ? undefined : rng.pick(own);
}

function folders(drive: Drive): ContainerNode[] {
  const below = [...drive.items()].filter((node): node is ContainerNode => node.kind === 'folder');
  return [drive.root, ...below];
}

function depthBelow(node: DriveNode): number {
  if (!isContainer(node)) return 0;
  return Math.max(0, ...[...node.children.values()].map((child) => child.name.length + 1 + depthBelow(child)));
}

function fits(drive: Drive, parent: ContainerNode, name: string, below = 0): boolean {
  return [...drive.pathOf(parent), name].join('/').length + below <= MAX_PATH_CHARACTERS;
}
