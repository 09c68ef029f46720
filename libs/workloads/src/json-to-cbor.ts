import type { CborValue } from '@holdfast/vault';

/** What came out of JSON.parse as a record may keep it; annotations (`@odata.…`) are left out. */
export function jsonToCbor(value: unknown): CborValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map(jsonToCbor);
  const fields = Object.entries(value as object).filter(([name]) => !name.startsWith('@'));
  return Object.fromEntries(fields.map(([name, field]) => [name, jsonToCbor(field)]));
}
