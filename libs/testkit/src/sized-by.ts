/** How large a test is to be: what the environment variable says, for runs that take long, or as usual. */
export function sizedBy(variable: string, usual: number): number {
  const text = process.env[variable];
  if (text === undefined) return usual;
  const size = Number(text);
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`${variable} has to be a whole number from 1 on`);
  return size;
}
