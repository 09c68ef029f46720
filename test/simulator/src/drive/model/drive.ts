import type { Rng } from '../../core/rng.js';
import type { Content } from '../content/content.js';
import type { Recipe } from '../content/recipe.js';
import { ChangeLog } from './change-log.js';
import {
  type Actor,
  type ClientTimes,
  type ContainerNode,
  currentVersion,
  type DriveNode,
  type FileNode,
  type Grant,
  isContainer,
  type RemoteTarget,
  type ShortcutNode,
  type Stamp,
} from './drive-node.js';
import { newDrivePart, newItemId } from './item-ids.js';
import { foldName } from './names.js';

/** What a new item starts with beside its name. Times are the service's own unless the client names some. */
export interface NewItem {
  readonly parent: ContainerNode;
  readonly name: string;
  readonly stamp: Stamp;
  readonly times?: ClientTimes;
  readonly description?: string;
}

export interface NewContent {
  readonly content: Content;
  readonly recipe?: Recipe;
}

export interface DriveOptions {
  readonly id: string;
  readonly owner: Actor;
  readonly createdAt: number;
  readonly quotaBytes: number;
  readonly rng: Rng;
}

const WHOLE_SECOND = 1000;

/**
 * One user's OneDrive: a tree of items and the log of its changes. Callers check names, locks and quota (`routes/`); what is asked here is
 * done, but two siblings never get names that differ only in case.
 */
export class Drive {
  readonly id: string;
  readonly owner: Actor;
  readonly createdAt: number;
  readonly root: ContainerNode;
  readonly log = new ChangeLog();
  quotaBytes: number;
  /** SharePoint's libraries rewrite Office files on upload; OneDrive does not (rclone's manual, onedrive, sizes and hashes). */
  rewritesOfficeFiles = false;
  /** As a tenant may do with what no page promises. */
  refusesShortcuts = false;
  /** Delta tokens of another epoch are lost: 410. */
  tokenEpoch = 0;
  readonly #nodes = new Map<string, DriveNode>();
  readonly #recycled = new Map<string, { readonly node: DriveNode; readonly parent: ContainerNode }>();
  readonly #rng: Rng;
  readonly #idPart: string;

  constructor(options: DriveOptions) {
    this.id = options.id;
    this.owner = options.owner;
    this.createdAt = options.createdAt;
    this.quotaBytes = options.quotaBytes;
    this.#rng = idStream(options.rng);
    this.#idPart = newDrivePart(this.#rng);
    const stamp = { at: options.createdAt, by: options.owner };
    this.root = { ...this.#base('root', undefined, stamp), kind: 'root', children: new Map() };
    this.#record(this.root, options.createdAt);
  }

  get(id: string): DriveNode | undefined {
    return id === 'root' ? this.root : this.#nodes.get(id);
  }

  /** Every item but the root, in no order. */
  *items(): Generator<DriveNode> {
    for (const node of this.#nodes.values()) if (node !== this.root) yield node;
  }

  get itemCount(): number {
    return this.#nodes.size - 1;
  }

  child(parent: ContainerNode, name: string): DriveNode | undefined {
    return parent.children.get(foldName(name));
  }

  /** The item at a path of decoded names below `from`. */
  at(from: DriveNode, names: readonly string[]): DriveNode | undefined {
    let node: DriveNode | undefined = from;
    for (const name of names) node = node && isContainer(node) ? this.child(node, name) : undefined;
    return node;
  }

  /** Names from the root down, without the root. */
  pathOf(node: DriveNode): string[] {
    const names: string[] = [];
    for (let at = node; at.parent; at = at.parent) names.unshift(at.name);
    return names;
  }

  /** Bytes of a file, or of everything below a folder. */
  sizeOf(node: DriveNode): number {
    return this.#sum(node, (content) => content.size);
  }

  /** The same as far as it is known already: measuring a folder makes every document in it. */
  measuredSizeOf(node: DriveNode): number {
    return this.#sum(node, (content) => content.measuredSize);
  }

  createFolder(item: NewItem, kind: 'folder' | 'package' = 'folder', specialName?: string): ContainerNode {
    const special = specialName === undefined ? {} : { specialName };
    return this.#adopt(item.parent, { ...this.#begin(item), kind, children: new Map(), ...special });
  }

  createFile(item: NewItem, { content, recipe }: NewContent, malware?: string): FileNode {
    return this.#adopt(item.parent, {
      ...this.#begin(item),
      kind: 'file',
      versions: [{ id: '1.0', content, stamp: item.stamp, ...(recipe ? { recipe } : {}) }],
      cTagNumber: 1,
      isLocked: false,
      ...(malware === undefined ? {} : { malware }),
    });
  }

  createShortcut(item: NewItem, target: RemoteTarget): ShortcutNode {
    return this.#adopt(item.parent, { ...this.#begin(item), kind: 'shortcut', target });
  }

  /** A new version on top; the older ones stay. */
  replaceContent(file: FileNode, { content, recipe }: NewContent, stamp: Stamp, times?: ClientTimes): void {
    file.cTagNumber += 1;
    this.#addVersion(file, content, stamp, recipe);
    file.times = wholeSeconds(times ?? { createdAt: file.times.createdAt, modifiedAt: stamp.at });
    this.#touch(file, stamp);
  }

  /** Renames, moves or both. The caller has made sure that the name is free and the target not below the item. */
  place(node: DriveNode, parent: ContainerNode, name: string, stamp: Stamp): void {
    node.parent?.children.delete(foldName(node.name));
    node.formerName = node.name;
    node.name = name;
    node.parent = parent;
    parent.children.set(foldName(name), node);
    this.#touch(node, stamp);
    node.lastChange = 'place';
  }

  describe(node: DriveNode, description: string | undefined, stamp: Stamp): void {
    node.description = description;
    this.#touch(node, stamp);
  }

  /** Sets fileSystemInfo; on a file it makes another version of the same content (rclone's manual, onedrive, "Modification times"). */
  setTimes(node: DriveNode, times: ClientTimes, stamp: Stamp): void {
    if (node.kind === 'file') this.#addVersion(node, currentVersion(node).content, stamp, currentVersion(node).recipe);
    node.times = wholeSeconds(times);
    this.#touch(node, stamp);
  }

  setGrants(node: DriveNode, grants: readonly Grant[], stamp: Stamp): void {
    node.grants = grants;
    this.#record(node, stamp.at);
    node.lastChange = 'access';
  }

  setLocked(file: FileNode, isLocked: boolean, stamp: Stamp): void {
    file.isLocked = isLocked;
    this.#touch(file, stamp);
  }

  /** Into the recycle bin, with everything below. The log tells of each item, those below first. */
  remove(node: DriveNode, stamp: Stamp): void {
    const parent = node.parent;
    if (!parent) throw new Error('The root of a drive cannot be deleted.');
    this.#forget(node, stamp, false);
    parent.children.delete(foldName(node.name));
    node.parent = undefined;
    this.#recycled.set(node.id, { node, parent });
  }

  /** Ids that {@link restore} takes, oldest deletion first. */
  recycledIds(): string[] {
    return [...this.#recycled.keys()];
  }

  /** Out of the recycle bin into its old folder, or the root when that is gone; false when the id or the name is taken away. */
  restore(id: string, stamp: Stamp): boolean {
    const found = this.#recycled.get(id);
    if (!found) return false;
    const parent = this.#nodes.get(found.parent.id) === found.parent ? found.parent : this.root;
    if (this.child(parent, found.node.name)) return false;
    this.#recycled.delete(id);
    this.#remember(found.node, stamp);
    this.place(found.node, parent, found.node.name, stamp);
    return true;
  }

  #sum(node: DriveNode, bytes: (content: Content) => number): number {
    if (node.kind === 'file') return bytes(currentVersion(node).content);
    if (!isContainer(node)) return 0;
    let sum = 0;
    for (const child of node.children.values()) sum += this.#sum(child, bytes);
    return sum;
  }

  #base(name: string, parent: ContainerNode | undefined, stamp: Stamp) {
    return {
      id: newItemId(this.#idPart, this.#rng),
      name,
      parent,
      created: stamp,
      modified: stamp,
      times: wholeSeconds({ createdAt: stamp.at, modifiedAt: stamp.at }),
      description: undefined,
      eTagNumber: 1,
      sequence: 0,
      grants: [],
      lastChange: 'other' as const,
      formerName: undefined,
    };
  }

  #begin(item: NewItem) {
    const base = this.#base(item.name, item.parent, item.stamp);
    const times = item.times ? wholeSeconds(item.times) : base.times;
    return { ...base, times, description: item.description };
  }

  #adopt<T extends DriveNode>(parent: ContainerNode, node: T): T {
    if (this.child(parent, node.name)) throw new Error(`The folder ${parent.id} has an item of that name.`);
    parent.children.set(foldName(node.name), node);
    this.#record(node, node.created.at);
    return node;
  }

  #addVersion(file: FileNode, content: Content, stamp: Stamp, recipe: Recipe | undefined): void {
    const id = `${Number.parseInt(currentVersion(file).id, 10) + 1}.0`;
    file.versions = [...file.versions, { id, content, stamp, ...(recipe ? { recipe } : {}) }];
  }

  #touch(node: DriveNode, stamp: Stamp): void {
    node.modified = stamp;
    node.eTagNumber += 1;
    this.#record(node, stamp.at);
  }

  #record(node: DriveNode, at: number): void {
    this.#nodes.set(node.id, node);
    node.lastChange = 'other';
    node.sequence = this.log.append(node.id, at);
  }

  #forget(node: DriveNode, stamp: Stamp, isBelowDeleted: boolean): void {
    if (isContainer(node)) for (const child of node.children.values()) this.#forget(child, stamp, true);
    this.#nodes.delete(node.id);
    node.sequence = this.log.append(node.id, stamp.at, {
      parentId: node.parent?.id ?? '',
      isFolder: isContainer(node),
      isBelowDeleted,
      lastSequence: node.sequence,
    });
  }

  #remember(node: DriveNode, stamp: Stamp): void {
    this.#record(node, stamp.at);
    if (isContainer(node)) for (const child of node.children.values()) this.#remember(child, stamp);
  }
}

function idStream(rng: Rng): Rng {
  return rng.derive('ids');
}

/** The id that the root of a drive with this stream has, or will have once the drive is made. */
export function rootIdOf(rng: Rng): string {
  const stream = idStream(rng);
  return newItemId(newDrivePart(stream), stream);
}

function wholeSeconds(times: ClientTimes): ClientTimes {
  const round = (at: number) => Math.floor(at / WHOLE_SECOND) * WHOLE_SECOND;
  return { createdAt: round(times.createdAt), modifiedAt: round(times.modifiedAt) };
}
