import { AppError } from '@holdfast/kernel';
import { CborFields } from '../cbor/cbor-fields.js';
import { type DecodedCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { brokenObject } from '../broken-object.js';
import { plainMap, plainValue } from '../cbor/open-map.js';
import { type CborValue, ITEM_KINDS, type ItemKind, type ItemRecord, type LeftOut } from '../item-record.js';
import { contentRefFromCbor, contentRefToCbor } from './content-ref.js';

const OBJECT = 'item record';

/** Keys of the record's map (docs/format/v1.md#item-record). 14 and 15 are kept for older versions and permissions. */
const KEY = {
  kind: 1,
  parentId: 2,
  name: 3,
  createdAt: 4,
  modifiedAt: 5,
  sortAt: 6,
  bytes: 7,
  changeTag: 8,
  contentTag: 9,
  properties: 10,
  content: 11,
  extras: 12,
  origin: 13,
  leftOut: 16,
} as const;

const LEFT_OUT_AS = ['skipped', 'excluded'] as const;

/** The record's one encoding; fields of a later version that it carries are written back. */
export function encodeItemRecord(record: ItemRecord): Uint8Array {
  const map = new Map<number | string, CborValue>(record.unknown);
  const set = (key: number, value: CborValue | undefined) => value !== undefined && map.set(key, value);
  set(KEY.kind, record.kind);
  set(KEY.parentId, record.parentId);
  set(KEY.name, record.name);
  set(KEY.createdAt, record.createdAt);
  set(KEY.modifiedAt, record.modifiedAt);
  set(KEY.sortAt, record.sortAt);
  set(KEY.bytes, record.bytes);
  set(KEY.changeTag, record.changeTag);
  set(KEY.contentTag, record.contentTag);
  set(KEY.properties, record.properties);
  set(KEY.content, record.content && contentRefToCbor(record.content));
  set(KEY.extras, record.extras && extrasToCbor(record.extras));
  set(KEY.origin, record.origin);
  set(KEY.leftOut, record.leftOut && [LEFT_OUT_AS.indexOf(record.leftOut.as), record.leftOut.cause]);
  return encodeCbor(map);
}

/** Reverses {@link encodeItemRecord}. A kind that this version does not know is VAULT_UNSUPPORTED, anything broken VAULT_OBJECT_INVALID. */
export function decodeItemRecord(bytes: Uint8Array): ItemRecord {
  const fields = CborFields.decode(bytes, OBJECT);
  const known: ItemRecord = {
    kind: readItemKind(fields.text(KEY.kind, 'kind')),
    ...given('parentId', fields.optionalText(KEY.parentId, 'parentId')),
    name: fields.text(KEY.name, 'name'),
    ...given('createdAt', fields.optionalInteger(KEY.createdAt, 'createdAt')),
    ...given('modifiedAt', fields.optionalInteger(KEY.modifiedAt, 'modifiedAt')),
    ...given('sortAt', fields.optionalInteger(KEY.sortAt, 'sortAt')),
    bytes: fields.count(KEY.bytes, 'bytes'),
    ...given('changeTag', fields.optionalText(KEY.changeTag, 'changeTag')),
    ...given('contentTag', fields.optionalText(KEY.contentTag, 'contentTag')),
    properties: plainMap(fields.map(KEY.properties, 'properties')),
    ...(fields.has(KEY.content) && { content: contentRefFromCbor(fields.map(KEY.content, 'content'), OBJECT) }),
    ...(fields.has(KEY.extras) && { extras: extrasFromCbor(fields.map(KEY.extras, 'extras')) }),
    ...given('origin', fields.optionalText(KEY.origin, 'origin')),
    ...(fields.has(KEY.leftOut) && { leftOut: readLeftOut(fields.list(KEY.leftOut, 'leftOut')) }),
  };
  const unknown = fields.unknown();
  return unknown ? { ...known, unknown: new Map([...unknown].map(([key, value]) => [key, plainValue(value)])) } : known;
}

/** A stored kind; one of a later version is VAULT_UNSUPPORTED. */
export function readItemKind(text: string): ItemKind {
  const kind = ITEM_KINDS.find((known) => known === text);
  if (kind) return kind;
  throw new AppError(
    'VAULT_UNSUPPORTED',
    'The snapshot holds a kind of item that this version does not know; update Holdfast.',
    {
      context: { object: OBJECT, field: 'kind' },
    },
  );
}

function readLeftOut([as, cause]: readonly DecodedCbor[]): LeftOut {
  const known = typeof as === 'number' ? LEFT_OUT_AS[as] : undefined;
  if (!known || typeof cause !== 'string') throw brokenObject(OBJECT, 'leftOut has to be [0 or 1, cause]');
  return { as: known, cause };
}

function extrasToCbor(extras: NonNullable<ItemRecord['extras']>): CborValue {
  return new Map(Object.entries(extras).map(([name, content]) => [name, contentRefToCbor(content)]));
}

function extrasFromCbor(map: ReadonlyMap<number | string, DecodedCbor>): NonNullable<ItemRecord['extras']> {
  return Object.fromEntries([...map].map(([name, content]) => [String(name), contentRefFromCbor(content, OBJECT)]));
}

/** An object with the property, or without it where the value is undefined, as `exactOptionalPropertyTypes` wants. */
function given<Name extends keyof ItemRecord>(name: Name, value: ItemRecord[Name]): Partial<Pick<ItemRecord, Name>> {
  const property: Partial<Pick<ItemRecord, Name>> = {};
  if (value !== undefined) property[name] = value;
  return property;
}
