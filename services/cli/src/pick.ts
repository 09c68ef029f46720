import { CommandFailed } from './failure.js';

/** A thing with its id and the names that people use for it. */
export interface Named {
  readonly id: string;
  readonly names: readonly string[];
}

/** The id of the one thing that a text means: its id, else its exact name, else its name in any case. */
export function pick(what: string, things: readonly Named[], text: string): string {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const ways: readonly ((thing: Named) => boolean)[] = [
    ({ id }) => id === text,
    ({ names }) => names.includes(text),
    ({ names }) => names.some((name) => same(name, text)),
  ];
  for (const way of ways) {
    const found = things.filter(way);
    const [only] = found;
    if (found.length > 1)
      throw new CommandFailed(
        `${text} is the name of several. Give the id of the ${what} that you mean:`,
        found.map(describe),
      );
    if (only) return only.id;
  }
  throw new CommandFailed(`There is no ${what} ${text}.`, things.slice(0, 20).map(describe));
}

function describe({ id, names }: Named): string {
  return `${id}  ${names.join(', ')}`;
}
