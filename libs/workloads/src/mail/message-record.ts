import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CborValue, ItemRecord } from '@holdfast/vault';
import { instant } from '../instant.js';
import { jsonToCbor } from '../json-to-cbor.js';
import type { SourceRecord } from '../reader.port.js';
import { CONTENT_FIELDS, type GraphMessage, KEPT_FIELDS, messageSize, STATE_FIELDS } from './message-schema.js';
import { ORIGIN_PROPERTY, originItemId } from './origin-property.js';

/** Name of the extra that holds the body as Graph shows it, UTF-8; its type is the property `bodyType`. */
export const BODY_EXTRA = 'body';
/** Property of the record: bytes of the message in the store, where the service tells them. */
const SIZE = 'size';

/** The record of a message. Its MIME is the content; the body that came along is an extra and costs no request. */
export function messageRecord(message: GraphMessage): SourceRecord {
  const createdAt = instant(message.createdDateTime);
  const modifiedAt = instant(message.lastModifiedDateTime);
  const sortAt = instant(message.receivedDateTime) ?? createdAt;
  const origin = originOf(message);
  const { content: body } = message.body;
  return {
    kind: 'message',
    parentId: message.parentFolderId,
    name: message.subject ?? '',
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    ...(sortAt === undefined ? {} : { sortAt }),
    bytes: 0,
    changeTag: message.changeKey,
    contentTag: contentTag(message, body),
    properties: propertiesOf(message),
    ...(origin === undefined ? {} : { origin }),
    contentForm: 'mime',
    inlineExtras: { [BODY_EXTRA]: body },
  };
}

/**
 * Stands for what the message says, its attachments left out. Graph shows no such tag for messages: changeKey moves with every flag. A draft's parts may
 * change in any way, so there changeKey decides.
 */
function contentTag(message: GraphMessage, body: string): string {
  if (message.isDraft === true) return `draft:${message.changeKey}`;
  const parts = CONTENT_FIELDS.map((field) => message[field] ?? null);
  const said = JSON.stringify([...parts, message.body.contentType]);
  return createHash('sha256').update(said).update(body).digest('base64url');
}

/**
 * Whether the stored content stands. Delta says nothing of attachments, and asking it to (`$expand`) would send their bytes along, whatever
 * is selected of them [microsoft-graph-docs-contrib#8431]. But whatever is done to a message moves its changeKey: where neither what the
 * content is made of nor what its reader may do (read, flag, categories, folder) explains that, an attachment may have come or gone;
 * and where it does, the message's size tells.
 */
export function hasSameContent(stored: ItemRecord, next: SourceRecord): boolean {
  if (stored.contentTag === undefined || stored.contentTag !== next.contentTag) return false;
  if (!hasAttachmentsAlike(stored, next)) return false;
  return stored.changeTag === next.changeTag || (isExplained(stored, next) && hasLikeSize(stored, next));
}

/** Whether both have attachments in sight, or neither has. */
export function hasAttachmentsAlike(
  { properties: before }: Pick<SourceRecord, 'properties'>,
  { properties: after }: Pick<SourceRecord, 'properties'>,
): boolean {
  return (before['hasAttachments'] ?? false) === (after['hasAttachments'] ?? false);
}

function isExplained(stored: ItemRecord, next: SourceRecord): boolean {
  const hasMoved = stored.parentId !== next.parentId;
  return hasMoved || STATE_FIELDS.some((field) => !isDeepStrictEqual(stored.properties[field], next.properties[field]));
}

/** Equal but for what its reader noted on the message, which takes two bytes a character and some for each note. Unknown sizes prove nothing. */
function hasLikeSize({ properties: before }: ItemRecord, { properties: after }: SourceRecord): boolean {
  const [was, is] = [before[SIZE], after[SIZE]];
  if (typeof was !== 'number' || typeof is !== 'number') return true;
  return Math.abs(is - was) <= notedBytes(before) + notedBytes(after);
}

function notedBytes(properties: SourceRecord['properties']): number {
  return 2 * JSON.stringify(STATE_FIELDS.map((field) => properties[field] ?? null)).length;
}

function propertiesOf(message: GraphMessage): Record<string, CborValue> {
  const properties: Record<string, CborValue> = { bodyType: message.body.contentType };
  const type = message['@odata.type'];
  if (type !== undefined && type !== '#microsoft.graph.message') properties['odataType'] = type;
  for (const field of KEPT_FIELDS) {
    const value = message[field];
    if (value !== undefined) properties[field] = jsonToCbor(value);
  }
  const size = messageSize(message);
  if (size !== undefined) properties[SIZE] = size;
  return properties;
}

function originOf(message: GraphMessage): string | undefined {
  const property = message.singleValueExtendedProperties?.find(
    ({ id }) => id.toLowerCase() === ORIGIN_PROPERTY.toLowerCase(),
  );
  return property?.value == null ? undefined : originItemId(property.value);
}
