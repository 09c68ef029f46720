import { graphField, graphKind } from './graph-names.js';
import type { ModelEntry } from './simulator-control.js';

/** One field of one item that is not what it was. Fields in brackets speak of the item as a whole and are never declared. */
export interface Difference {
  readonly userId: string;
  /** As docs/fidelity.md names it. */
  readonly kind: string;
  /** As Graph names it, dotted. */
  readonly field: string;
  readonly key: string;
  readonly was: unknown;
  readonly is: unknown;
}

export const MISSING = '(missing)';
export const EXTRA = '(extra)';
export const TOUCHED = '(touched)';

/**
 * What a restore did not bring back as it `was`. What the `damaged` model still had as it was has to be the very same item in `is`:
 * the same id, and every field.
 */
export function compareModels(models: {
  readonly was: readonly ModelEntry[];
  readonly damaged: readonly ModelEntry[];
  readonly is: readonly ModelEntry[];
}): Difference[] {
  const is = byPlace(models.is);
  const differences: Difference[] = touched(models);
  for (const [place, was] of byPlace(models.was)) {
    const now = is.get(place);
    is.delete(place);
    const about = aboutItem(was);
    if (!now) {
      differences.push({ ...about, field: MISSING, was: was.id, is: undefined });
      continue;
    }
    differences.push(...fieldDifferences(was, now).map((difference) => ({ ...about, ...difference })));
  }
  for (const extra of is.values())
    differences.push({ ...aboutItem(extra), field: EXTRA, was: undefined, is: extra.id });
  return differences;
}

/** What nobody had harmed and is not the very same item now. */
function touched(models: {
  was: readonly ModelEntry[];
  damaged: readonly ModelEntry[];
  is: readonly ModelEntry[];
}): Difference[] {
  const damaged = byId(models.damaged);
  const is = byId(models.is);
  return models.was
    .filter((was) => same(damaged.get(was.id), was) && !same(is.get(was.id), was))
    .map((was) => ({ ...aboutItem(was), field: TOUCHED, was: was.id, is: harm(was, is.get(was.id)) }));
}

/** What was done to it, in words. */
function harm(was: ModelEntry, is: ModelEntry | undefined): string {
  if (!is) return 'is gone';
  const fields = fieldDifferences(was, is).map(
    ({ field, was: old, is: now }) => `${field} ${shown(old)} → ${shown(now)}`,
  );
  return `${is.key}: ${fields.join(', ')}`;
}

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));

function aboutItem(entry: ModelEntry): Pick<Difference, 'userId' | 'kind' | 'key'> {
  return { userId: entry.userId, kind: graphKind(entry), key: entry.key };
}

function byId(entries: readonly ModelEntry[]): Map<string, ModelEntry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

function byPlace(entries: readonly ModelEntry[]): Map<string, ModelEntry> {
  return new Map(entries.map((entry) => [JSON.stringify([entry.userId, entry.kind, entry.key]), entry]));
}

/** All but the key, whose last part numbers twins and moves on when one of them was away. */
function same(left: ModelEntry | undefined, right: ModelEntry): boolean {
  return left !== undefined && JSON.stringify({ ...left, key: '' }) === JSON.stringify({ ...right, key: '' });
}

type FieldDifference = Pick<Difference, 'field' | 'was' | 'is'>;

function fieldDifferences(was: ModelEntry, is: ModelEntry): FieldDifference[] {
  const found = leafDifferences('', was.fields, is.fields).map(({ field, ...values }) => ({
    ...values,
    field: graphField(graphKind(was), field),
  }));
  // A message's content hash is taken over fields that were compared one by one just before.
  if (was.kind !== 'message' && was.contentHash !== is.contentHash)
    found.push({ field: 'content', was: was.contentHash, is: is.contentHash });
  return found;
}

function leafDifferences(field: string, was: unknown, is: unknown): FieldDifference[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  if (Array.isArray(was) && Array.isArray(is)) return listDifferences(field, was, is);
  if (!isMap(was) || !isMap(is)) return [{ field, was, is }];
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names].flatMap((name) => leafDifferences(field === '' ? name : `${field}.${name}`, was[name], is[name]));
}

/** Entries by position; those that are links to a cloud file are a field of their own. */
function listDifferences(field: string, was: readonly unknown[], is: readonly unknown[]): FieldDifference[] {
  if (was.length === is.length && was.some(isMap))
    return was.flatMap((part, at) => leafDifferences(field, part, is[at]));
  const rest = was.filter((part) => !isMap(part) || part['kind'] !== 'reference');
  if (rest.length === was.length) return [{ field, was, is }];
  const links: FieldDifference = { field: `${field}[reference]`, was: was.length - rest.length, is: 0 };
  return [links, ...leafDifferences(field, rest, is)];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
