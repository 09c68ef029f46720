import { ApiError } from '../../core/api-error.js';
import type { ClientTimes, ContainerNode } from '../model/drive-node.js';
import type { Drive } from '../model/drive.js';
import { MAX_PATH_CHARACTERS, nameFault, numberedName } from '../model/names.js';
import type { ConflictBehavior } from '../model/upload-session.js';

type Json = Readonly<Record<string, unknown>>;

const CONFLICT = '@microsoft.graph.conflictBehavior';

/** The object under a name; empty when absent, 400 when it is something else. */
export function objectAt(body: Json, name: string): Json {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return { ...value };
  throw bad(`The property '${name}' has to be an object.`);
}

export function textAt(body: Json, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw bad(`The property '${name}' has to be a string.`);
}

/** `@microsoft.graph.conflictBehavior` of the query or the body; names differ in case between pages. */
export function conflictOf(
  query: ReadonlyMap<string, string>,
  body: Json,
  otherwise: ConflictBehavior,
): ConflictBehavior {
  const value = query.get(CONFLICT) ?? query.get('@name.conflictBehavior') ?? textAt(body, CONFLICT) ?? otherwise;
  if (value === 'fail' || value === 'replace' || value === 'rename') return value;
  throw bad(`The conflict behavior '${value}' is not one of fail, replace, rename.`);
}

/** fileSystemInfo, as far as it is given. */
export function timesOf(body: Json): Partial<ClientTimes> {
  const info = objectAt(body, 'fileSystemInfo');
  const createdAt = instantAt(info, 'createdDateTime');
  const modifiedAt = instantAt(info, 'lastModifiedDateTime');
  return { ...(createdAt === undefined ? {} : { createdAt }), ...(modifiedAt === undefined ? {} : { modifiedAt }) };
}

/** Refuses names and paths that OneDrive does not take (support: restrictions and limitations in OneDrive). */
export function checkName(drive: Drive, parent: ContainerNode, name: string, charactersBelow = 0): void {
  const fault = nameFault(name, parent === drive.root);
  if (fault !== undefined) throw bad(fault);
  const path = [...drive.pathOf(parent), name].join('/');
  if (path.length + charactersBelow > MAX_PATH_CHARACTERS) {
    throw new ApiError(400, 'pathIsTooLong', `The path is longer than ${MAX_PATH_CHARACTERS} characters.`);
  }
}

/** The first of `name`, `name 1`, `name 2` … that is free. */
export function freeName(drive: Drive, parent: ContainerNode, name: string): string {
  let free = name;
  for (let number = 1; drive.child(parent, free); number++) free = numberedName(name, number);
  return free;
}

export function nameTaken(): ApiError {
  return new ApiError(409, 'nameAlreadyExists', 'An item with the same name already exists under the parent.');
}

export function bad(message: string): ApiError {
  return new ApiError(400, 'invalidRequest', message);
}

function instantAt(body: Json, name: string): number | undefined {
  const text = textAt(body, name);
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw bad(`The property '${name}' is not an instant.`);
  return at;
}
