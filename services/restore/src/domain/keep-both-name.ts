/** What is added to a name for the copy that is kept beside the live item: `(restored 2026-01-05)`, from the second on numbered. */
export function keepBothSuffix(at: Date, number: number): string {
  const day = at.toISOString().slice(0, 10);
  return number <= 1 ? ` (restored ${day})` : ` (restored ${day} ${number})`;
}

/** The name with the suffix before its extension. */
export function withSuffix(name: string, suffix: string): string {
  if (suffix === '') return name;
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? `${name}${suffix}` : `${name.slice(0, dot)}${suffix}${name.slice(dot)}`;
}
