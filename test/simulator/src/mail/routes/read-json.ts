import { ApiError } from '../../core/api-error.js';
import type { Address, LetterBody } from '../content/letter.js';
import { canonicalPropertyId } from '../model/extended-property.js';
import type { Flag, Importance } from '../model/item-state.js';

/** Refuses a value of a request's body in Graph's words. */
export function invalid(name: string, rule: string): ApiError {
  return new ApiError(400, 'RequestBodyRead', `The value of the property '${name}' is not valid: ${rule}.`);
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function readText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(name, 'expected a string');
}

export function readFlagged(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(name, 'expected true or false');
}

export function readList(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(name, 'expected a list');
}

export function readInstant(name: string, value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw invalid(name, 'expected an instant such as 2026-01-31T12:00:00Z');
  return Math.floor(at / 1000) * 1000;
}

export function readAddress(name: string, value: unknown): Address {
  const email = isObject(value) ? value.emailAddress : undefined;
  if (!isObject(email)) throw invalid(name, 'expected {"emailAddress":{"name","address"}}');
  const address = readText(`${name}/emailAddress/address`, email.address ?? '');
  return { name: typeof email.name === 'string' ? email.name : '', address };
}

export const readAddresses = (name: string, value: unknown): Address[] =>
  readList(name, value).map((entry) => readAddress(name, entry));

export function readBody(value: unknown): LetterBody {
  if (!isObject(value)) throw invalid('body', 'expected {"contentType","content"}');
  const contentType = readText('body/contentType', value.contentType ?? 'text').toLowerCase();
  if (contentType !== 'text' && contentType !== 'html') throw invalid('body/contentType', 'expected text or html');
  return { contentType, content: readText('body/content', value.content ?? '') };
}

export function readImportance(value: unknown): Importance {
  const importance = readText('importance', value).toLowerCase();
  if (importance === 'low' || importance === 'normal' || importance === 'high') return importance;
  throw invalid('importance', 'expected low, normal or high');
}

export const readCategories = (value: unknown): string[] =>
  readList('categories', value).map((category) => readText('categories', category));

/** `followupFlag`; a due date needs a start date (docs: graph/api/resources/followupflag). */
export function readFlag(value: unknown): Flag {
  if (!isObject(value)) throw invalid('flag', 'expected {"flagStatus"}');
  const status = readText('flag/flagStatus', value.flagStatus ?? 'notFlagged');
  if (status !== 'notFlagged' && status !== 'complete' && status !== 'flagged') {
    throw invalid('flag/flagStatus', 'expected notFlagged, complete or flagged');
  }
  const startAt = readZoned('flag/startDateTime', value.startDateTime);
  const dueAt = readZoned('flag/dueDateTime', value.dueDateTime);
  const completedAt = readZoned('flag/completedDateTime', value.completedDateTime);
  if (dueAt !== undefined && startAt === undefined)
    throw invalid('flag/dueDateTime', 'a startDateTime is needed beside it');
  return {
    status,
    ...(startAt === undefined ? {} : { startAt }),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(completedAt === undefined ? {} : { completedAt }),
  };
}

function readZoned(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value) || value.timeZone !== 'UTC') throw invalid(name, 'expected {"dateTime","timeZone":"UTC"}');
  const text = readText(name, value.dateTime);
  return readInstant(name, /Z$/i.test(text) ? text : `${text}Z`);
}

/** `singleValueExtendedProperties` of a body, by canonical id. */
export function readProperties(value: unknown): Map<string, string> {
  const properties = new Map<string, string>();
  if (value === undefined || value === null) return properties;
  for (const entry of readList('singleValueExtendedProperties', value)) {
    const id = isObject(entry) ? canonicalPropertyId(String(entry.id)) : undefined;
    if (id === undefined || !isObject(entry))
      throw new ApiError(400, 'ErrorInvalidProperty', 'An extended property has no valid id.');
    properties.set(id, readText('singleValueExtendedProperties/value', entry.value));
  }
  return properties;
}
