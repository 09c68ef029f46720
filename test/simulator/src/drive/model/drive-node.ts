import type { Content } from '../content/content.js';
import type { Recipe } from '../content/recipe.js';

/** Who made or changed something: a person in the drive, or an app over Graph (which cannot act as the person). */
export interface Actor {
  readonly kind: 'user' | 'application';
  readonly id: string;
  readonly displayName: string;
}

/** When and by whom a change is made. `at` in ms since 1970. */
export interface Stamp {
  readonly at: number;
  readonly by: Actor;
}

/** One state of a file's content. Ids are `1.0`, `2.0` … */
export interface FileVersion {
  readonly id: string;
  readonly content: Content;
  /** What the content was made from; absent for uploads. Lets a seeded edit make the next revision. */
  readonly recipe?: Recipe;
  readonly stamp: Stamp;
}

/** fileSystemInfo: the client's own times, kept to the second. */
export interface ClientTimes {
  readonly createdAt: number;
  readonly modifiedAt: number;
}

/** What a shortcut points to; `remoteItem` in answers. */
export interface RemoteTarget {
  readonly driveId: string;
  readonly itemId: string;
}

/** Access that somebody was given, by invitation or by link (docs: graph/resources/permission). */
export interface Grant {
  readonly id: string;
  readonly roles: readonly string[];
  readonly person?: { readonly id: string; readonly email: string; readonly displayName: string };
  readonly link?: { readonly type: string; readonly scope: string; readonly webUrl: string };
  readonly expiresAt?: number;
}

interface NodeBase {
  readonly id: string;
  name: string;
  /** Undefined at the root and in the recycle bin. */
  parent: ContainerNode | undefined;
  readonly created: Stamp;
  modified: Stamp;
  times: ClientTimes;
  description: string | undefined;
  /** Counts every change; the number in the eTag. */
  eTagNumber: number;
  /** Place in the drive's change log: higher is later. */
  sequence: number;
  grants: readonly Grant[];
  /** What the change at {@link sequence} was: some defects of delta strike only moves, some annotations only access. */
  lastChange: 'place' | 'access' | 'other';
  /** The name before the last rename: what a repeated, older entry of a delta round shows. */
  formerName: string | undefined;
}

/** A folder, the root, or a OneNote notebook (a package with its parts below it). */
export interface ContainerNode extends NodeBase {
  readonly kind: 'root' | 'folder' | 'package';
  /** By folded name. */
  readonly children: Map<string, DriveNode>;
  readonly specialName?: string;
}

export interface FileNode extends NodeBase {
  readonly kind: 'file';
  /** Oldest first; never empty, the last is the current one. */
  versions: readonly FileVersion[];
  /** Counts changes of content; the number in the cTag. */
  cTagNumber: number;
  /** The `malware` facet's description: the content cannot be had. */
  readonly malware?: string;
  /** Checked out by its owner: others cannot change it. */
  isLocked: boolean;
}

/** "Add shortcut to My files". */
export interface ShortcutNode extends NodeBase {
  readonly kind: 'shortcut';
  readonly target: RemoteTarget;
}

export type DriveNode = ContainerNode | FileNode | ShortcutNode;

export function isContainer(node: DriveNode): node is ContainerNode {
  return node.kind === 'root' || node.kind === 'folder' || node.kind === 'package';
}

/** The version that a download gives. */
export function currentVersion(file: FileNode): FileVersion {
  const last = file.versions.at(-1);
  if (!last) throw new Error(`File ${file.id} has no version.`);
  return last;
}
