import type { Preferences } from './route.js';

const NONE: Preferences = { immutableIds: false, maxPageSize: undefined, all: new Map() };

/** Parses `Prefer: IdType="ImmutableId", odata.maxpagesize=50` (RFC 7240; docs: graph/outlook-immutable-id). */
export function parsePreferences(header: string | undefined): Preferences {
  if (header === undefined) return NONE;
  const all = new Map<string, string>();
  for (const part of header.split(',')) {
    const [name = '', value = ''] = part.split('=', 2).map((word) => word.trim());
    if (name !== '') all.set(name.toLowerCase(), value.replace(/^"|"$/g, ''));
  }
  const size = Number(all.get('odata.maxpagesize'));
  return {
    immutableIds: all.get('idtype')?.toLowerCase() === 'immutableid',
    maxPageSize: Number.isInteger(size) && size > 0 ? size : undefined,
    all,
  };
}
