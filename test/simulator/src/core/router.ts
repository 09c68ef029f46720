import { cutPath } from './path-segments.js';
import type { Route } from './route.js';

interface Node {
  readonly literals: Map<string, Node>;
  any: Node | undefined;
  itemPath: Node | undefined;
  readonly routes: Map<
    string,
    { readonly route: Route; readonly names: readonly string[]; readonly options: ReadonlySet<string> }
  >;
}

const newNode = (): Node => ({ literals: new Map(), any: undefined, itemPath: undefined, routes: new Map() });

export type Match =
  | {
      readonly found: 'route';
      readonly route: Route;
      readonly params: Readonly<Record<string, string>>;
      /** The route's options as a set. */
      readonly options: ReadonlySet<string>;
    }
  /** The path exists for other methods. */
  | { readonly found: 'path' }
  /** The first step that leads nowhere. */
  | { readonly found: 'nothing'; readonly segment: string };

/** Finds the route of a path in a trie of segments; the cost grows with the path's length, not with the number of routes. */
export class Router {
  readonly #root = newNode();

  constructor(routes: Iterable<Route>) {
    for (const route of routes) this.#add(route);
  }

  match(method: string, path: string): Match {
    const { segments, args } = cutPath(path);
    const values: string[] = [];
    let deepest = 0;
    const walk = (node: Node, index: number): Node | undefined => {
      deepest = Math.max(deepest, index);
      const segment = segments[index];
      if (!segment) return node.routes.size > 0 ? node : undefined;
      const literal = segment.isItemPath ? undefined : node.literals.get(segment.text.toLowerCase());
      const down = literal && walk(literal, index + 1);
      if (down) return down;
      const open = segment.isItemPath ? node.itemPath : node.any;
      if (!open) return undefined;
      values.push(segment.text);
      const end = walk(open, index + 1);
      if (!end) values.pop();
      return end;
    };
    const node = walk(this.#root, 0);
    if (!node) return { found: 'nothing', segment: segments[Math.min(deepest, segments.length - 1)]?.text ?? '' };
    const hit = node.routes.get(method);
    if (!hit) return { found: 'path' };
    const params: Record<string, string> = { ...args };
    for (const [index, name] of hit.names.entries()) params[name] = values[index] ?? '';
    return { found: 'route', route: hit.route, params, options: hit.options };
  }

  #add(route: Route): void {
    const names: string[] = [];
    let node = this.#root;
    for (const { text, isItemPath } of cutPath(route.pattern).segments) {
      const name = /^\{(\w+)\}$/.exec(text)?.[1];
      if (name !== undefined) names.push(name);
      if (isItemPath) node = node.itemPath ??= newNode();
      else if (name !== undefined) node = node.any ??= newNode();
      else node = literalChild(node, text.toLowerCase());
    }
    if (node.routes.has(route.method)) throw new Error(`Two routes answer ${route.method} ${route.pattern}.`);
    node.routes.set(route.method, { route, names, options: new Set(route.options) });
  }
}

function literalChild(node: Node, text: string): Node {
  const found = node.literals.get(text) ?? newNode();
  node.literals.set(text, found);
  return found;
}
