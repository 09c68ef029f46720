import { ApiError } from './api-error.js';

/** One step of a path after normalising: a name, or the whole of a OneDrive path between colons. */
export interface Segment {
  readonly text: string;
  /** True for `a/b/c.txt` out of `root:/a/b/c.txt:`. */
  readonly isItemPath: boolean;
}

/** A path cut into steps, and the named arguments of its functions. */
export interface CutPath {
  readonly segments: readonly Segment[];
  readonly args: Readonly<Record<string, string>>;
}

const CALL = /^([A-Za-z_.]+)\((.*)\)$/;
const ARGUMENT = /^([A-Za-z_]\w*)=(?:'((?:[^']|'')*)'|(.*))$/;

/**
 * Cuts `/users('42')/drive/root:/a/b:/delta(token='x')` into `users`, `42`, `drive`, `root`, item path `a/b`, `delta` with
 * `token`. Key syntax and colon syntax: docs graph/onedrive-addressing-driveitems, OData 4.01 URL conventions 4.3.
 */
export function cutPath(path: string): CutPath {
  const parts = path.split('/').filter((part) => part !== '');
  const segments: Segment[] = [];
  let args: Record<string, string> | undefined;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] ?? '';
    if (part.endsWith(':') && part.length > 1) {
      segments.push({ text: decodeSegment(part.slice(0, -1)), isItemPath: false });
      const end = parts.findIndex((later, at) => at > index && later.endsWith(':'));
      const inner = parts.slice(index + 1, end < 0 ? undefined : end + 1).map(decodeSegment);
      const text = inner.join('/');
      segments.push({ text: end < 0 ? text : text.slice(0, -1), isItemPath: true });
      index += inner.length;
    } else if (part.endsWith(')')) {
      args = { ...args, ...cutCall(decodeSegment(part), segments) };
    } else {
      segments.push({ text: withoutNamespace(decodeSegment(part)), isItemPath: false });
    }
  }
  return { segments, args: args ?? {} };
}

/** Adds `users('42')` as two steps, `delta(token='x')` as one; returns the named arguments. */
function cutCall(part: string, segments: Segment[]): Record<string, string> {
  const match = CALL.exec(part);
  if (!match) {
    segments.push({ text: part, isItemPath: false });
    return {};
  }
  const name = withoutNamespace(match[1] ?? '');
  const inside = match[2] ?? '';
  segments.push({ text: name, isItemPath: false });
  if (inside === '') return {};
  const named = ARGUMENT.exec(inside);
  if (named) return { [named[1] ?? '']: (named[2] ?? named[3] ?? '').replaceAll("''", "'") };
  segments.push({ text: inside.replace(/^'|'$/g, ''), isItemPath: false });
  return {};
}

/** `microsoft.graph.delta` and `delta` are one function. */
function withoutNamespace(name: string): string {
  return name.startsWith('microsoft.graph.') ? name.slice('microsoft.graph.'.length) : name;
}

function decodeSegment(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError(400, 'BadRequest', `The path is not valid percent-encoding: '${text}'.`);
  }
}
