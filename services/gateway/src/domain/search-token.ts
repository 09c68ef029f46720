/** Where a search goes on. */
export interface SearchToken {
  /** The state that is searched, milliseconds since the epoch; the same on every page. */
  readonly asOfMs: number;
  /** Page token of the group of resources; empty for the first. */
  readonly group: string;
  /** Page token within the group; empty at its start. */
  readonly within: string;
}

/** The token as a text for the caller. */
export function formatSearchToken({ asOfMs, group, within }: SearchToken): string {
  return [String(asOfMs), group, within].map(encodeURIComponent).join(',');
}

/** Undefined for a text that {@link formatSearchToken} does not make. */
export function parseSearchToken(text: string): SearchToken | undefined {
  const parts = text.split(',');
  const [asOf = '', group = '', within = ''] = parts.map(decoded);
  const isWhole = parts.length === 3 && /^\d{1,16}$/.test(asOf);
  return isWhole ? { asOfMs: Number(asOf), group, within } : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
