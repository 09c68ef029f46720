import { hash } from 'node:crypto';

/** One thing that may happen next. */
export interface Move<World> {
  /** As a line of a schedule. */
  readonly text: () => string;
  readonly make: () => World;
}

/** All that may happen next. `isAtRest`: nothing does unless something goes wrong. */
export interface Moves<World> {
  readonly ordinary: readonly Move<World>[];
  readonly faults: readonly Move<World>[];
  readonly isAtRest: boolean;
}

/** A world, what may happen in it, and what has to hold whatever does. */
export interface Game<World> {
  readonly first: World;
  movesFrom(world: World): Moves<World>;
  /** What is wrong with a world; undefined where all promises hold. */
  brokenPromise(world: World): string | undefined;
  /** What is wrong with a world in which nothing moves any more. */
  unfinished(world: World): string | undefined;
  /** The same for worlds that differ in nothing that matters. */
  keyOf(world: World): string;
}

/** Short, so that millions of worlds can be told apart. */
export function keyFrom(parts: unknown): string {
  return hash('sha1', JSON.stringify(parts), 'base64');
}

/** The same for lists that differ in their order. */
export function unordered(list: readonly unknown[]): string[] {
  return list.map((each) => JSON.stringify(each ?? null)).sort();
}
