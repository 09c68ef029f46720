import { ApiError } from '../../core/api-error.js';
import { Rng } from '../../core/rng.js';
import type { ChangeReport } from '../../core/workload.js';
import { LiteralSource } from '../content/byte-source.js';
import { Content } from '../content/content.js';
import type { ContentLibrary } from '../content/content-library.js';
import type { Recipe } from '../content/recipe.js';
import { type ContainerNode, type DriveNode, type FileNode, isContainer, type Stamp } from './drive-node.js';
import type { Drive, NewContent } from './drive.js';
import { editedContent } from './edit-content.js';
import { holdsLocked, isBelow } from './live-drive.js';
import { nameFault } from './names.js';

type Op = Readonly<Record<string, unknown>>;

/**
 * One scripted change. Items are named by `itemId` or by `path` below the root (`a/b.txt`). Content is `text`, `base64`, or
 * `{form: 'noise' | 'blocks' | 'repeating', bytes}` under `content`, which may be many gigabytes (the hash of 'noise' is not cheap).
 */
export function mutateDrive(drive: Drive, library: ContentLibrary, op: Op, stamp: Stamp): ChangeReport {
  const perform = OPERATIONS[text(op, 'op')];
  if (!perform) throw bad(`op is one of ${Object.keys(OPERATIONS).join(', ')}.`);
  return { did: op.op, itemId: perform({ drive, library, op, stamp })?.id };
}

interface Call {
  readonly drive: Drive;
  readonly library: ContentLibrary;
  readonly op: Op;
  readonly stamp: Stamp;
}

const OPERATIONS: Readonly<Record<string, (call: Call) => DriveNode | undefined>> = {
  'create-folder': ({ drive, op, stamp }) =>
    drive.createFolder({ ...place(drive, text(op, 'path')), stamp }, op.package === true ? 'package' : 'folder'),
  'create-file': (call) => {
    const malware = call.op.malware === undefined ? undefined : text(call.op, 'malware');
    return call.drive.createFile(
      { ...place(call.drive, text(call.op, 'path')), stamp: call.stamp },
      contentOf(call),
      malware,
    );
  },
  edit: (call) => {
    const file = fileOf(call);
    const hasContent = ['text', 'base64', 'content'].some((name) => name in call.op);
    const next = hasContent
      ? contentOf(call)
      : editedContent(call.library, file, new Rng(`${file.id}/${file.eTagNumber}`));
    call.drive.replaceContent(file, next, call.stamp);
    return file;
  },
  rename: (call) => {
    const node = itemOf(call);
    return node.parent ? moved(call, node, node.parent, text(call.op, 'name')) : node;
  },
  move: (call) => {
    const node = itemOf(call);
    return moved(call, node, containerAt(call.drive, text(call.op, 'to')), node.name);
  },
  delete: (call) => {
    const node = itemOf(call);
    if (!node.parent || holdsLocked(node)) throw bad('The root and what is checked out cannot be deleted.');
    call.drive.remove(node, call.stamp);
    return node;
  },
  restore: (call) => {
    const id = text(call.op, 'itemId');
    if (!call.drive.restore(id, call.stamp)) throw bad(`Item ${id} is not in the recycle bin, or its name is taken.`);
    return call.drive.get(id);
  },
  describe: (call) => {
    const node = itemOf(call);
    call.drive.describe(node, text(call.op, 'description'), call.stamp);
    return node;
  },
  lock: (call) => locked(call, true),
  unlock: (call) => locked(call, false),
  share: (call) => {
    const node = itemOf(call);
    const email = text(call.op, 'email');
    const person = { id: email, email, displayName: email };
    call.drive.setGrants(
      node,
      [...node.grants, { id: `grant-${node.grants.length + 1}`, roles: ['read'], person }],
      call.stamp,
    );
    return node;
  },
  'set-quota': ({ drive, op }) => {
    drive.quotaBytes = count(op, 'bytes');
    return undefined;
  },
  'lose-delta-tokens': ({ drive }) => {
    drive.tokenEpoch += 1;
    return undefined;
  },
  'refuse-shortcuts': ({ drive, op }) => {
    drive.refusesShortcuts = op.on !== false;
    return undefined;
  },
  'rewrite-office-files': ({ drive, op }) => {
    drive.rewritesOfficeFiles = op.on !== false;
    return undefined;
  },
};

function moved({ drive, stamp }: Call, node: DriveNode, parent: ContainerNode, name: string): DriveNode {
  const taken = drive.child(parent, name);
  if ((taken && taken !== node) || isBelow(parent, node))
    throw bad('The name is taken, or the target lies below the item.');
  drive.place(node, parent, name, stamp);
  return node;
}

function locked(call: Call, isLocked: boolean): DriveNode {
  const file = fileOf(call);
  call.drive.setLocked(file, isLocked, call.stamp);
  return file;
}

function contentOf({ op, library }: Call): NewContent {
  if (typeof op.text === 'string') return { content: library.add(Content.of(new LiteralSource(Buffer.from(op.text)))) };
  if (typeof op.base64 === 'string')
    return { content: library.add(Content.fromBytes(Buffer.from(op.base64, 'base64'))) };
  const { content } = op;
  if (typeof content !== 'object' || content === null) return { content: library.add(Content.fromPieces([])) };
  const wanted: Op = { ...content };
  const form = wanted.form === 'blocks' || wanted.form === 'repeating' ? wanted.form : 'noise';
  const recipe: Recipe = { form, name: `mutate:${String(op.path ?? op.itemId)}`, bytes: count(wanted, 'bytes') };
  return { content: library.fromRecipe(recipe), recipe };
}

function itemOf({ drive, op }: Call): DriveNode {
  const node = typeof op.itemId === 'string' ? drive.get(op.itemId) : drive.at(drive.root, namesIn(text(op, 'path')));
  if (!node) throw bad('There is no such item.');
  return node;
}

function fileOf(call: Call): FileNode {
  const node = itemOf(call);
  if (node.kind !== 'file') throw bad('The item is not a file.');
  return node;
}

function containerAt(drive: Drive, path: string): ContainerNode {
  const node = drive.at(drive.root, namesIn(path));
  if (!node || !isContainer(node)) throw bad(`There is no folder ${path}.`);
  return node;
}

function place(drive: Drive, path: string): { parent: ContainerNode; name: string } {
  const names = namesIn(path);
  const name = names.pop() ?? '';
  const parent = containerAt(drive, names.join('/'));
  const fault = nameFault(name, parent === drive.root);
  if (fault !== undefined) throw bad(fault);
  if (drive.child(parent, name)) throw bad(`The name ${name} is taken.`);
  return { parent, name };
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function text(op: Op, name: string): string {
  const value = op[name];
  if (typeof value !== 'string') throw bad(`${name} has to be a text.`);
  return value;
}

function count(op: Op, name: string): number {
  const value = op[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw bad(`${name} has to be a whole number.`);
  return value;
}

function bad(message: string): ApiError {
  return new ApiError(400, 'invalidRequest', message);
}
