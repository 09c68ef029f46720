/** Milliseconds since the epoch of a time as Graph writes it. */
export function instant(text: string | null | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : at;
}
