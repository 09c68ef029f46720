/** As the server's words name a destination: what it is called may change, and does not stand in its logs. */
const NAMED = /\b(destination) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/gi;

export const namesDestinations = (text: string): boolean => text.search(NAMED) >= 0;

/** The server's words with each destination called what its user calls it; one that is not among them keeps its id. */
export function callDestinations(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(NAMED, (words, kind: string, id: string) => {
    const name = names.get(id.toLowerCase());
    return name === undefined ? words : `${kind} “${name}”`;
  });
}
