/** What is being named, by server and path, and when that ends. */
const taken = new Map<string, Promise<unknown>>();

/**
 * Lets one after another through that names the same thing: for servers that would write over. Holds in this process; elsewhere a
 * vault's names are hashes of content, or given by the one transaction that decides a commit.
 */
export async function oneAtATime<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const before = taken.get(name) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(work);
  taken.set(name, mine);
  try {
    return await mine;
  } finally {
    if (taken.get(name) === mine) taken.delete(name);
  }
}
