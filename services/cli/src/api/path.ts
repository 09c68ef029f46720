/** A path whose parts are encoded: path`tenants/${id}/jobs`. */
export function path(fixed: TemplateStringsArray, ...parts: readonly string[]): string {
  return fixed.reduce((text, piece, index) => text + encodeURIComponent(parts[index - 1] ?? '') + piece);
}

/** A query of the fields that are given; empty when there are none. */
export function query(fields: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
