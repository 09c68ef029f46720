import { z } from 'zod';
import { ORIGIN_PROPERTY } from './origin-property.js';

/** Fields that are kept as they are, in the record's properties, for the restore. */
export const KEPT_FIELDS = [
  'internetMessageId',
  'conversationId',
  'conversationIndex',
  'sentDateTime',
  'receivedDateTime',
  'createdDateTime',
  'lastModifiedDateTime',
  'sender',
  'from',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
  'flag',
  'categories',
  'importance',
  'inferenceClassification',
  'isRead',
  'isDraft',
  'hasAttachments',
  'isDeliveryReceiptRequested',
  'isReadReceiptRequested',
] as const;

/** What its reader may do with a message at any time. [Graph documentation: api/message-update.md] */
export const STATE_FIELDS = ['isRead', 'flag', 'categories', 'importance', 'inferenceClassification'] as const;

/** Fields of which, with the body, the text is made. Read state, flag, categories and folder are not among them. */
export const CONTENT_FIELDS = [
  'subject',
  'internetMessageId',
  'sentDateTime',
  'receivedDateTime',
  'sender',
  'from',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
] as const;

const SELECTED = ['id', 'changeKey', 'parentFolderId', 'subject', 'body', ...KEPT_FIELDS];
/** PidTagMessageSize: bytes that the message takes in the store, attachments and notes of its reader included. [MS-OXCMSG, 2.2.1.7] */
const SIZE_PROPERTY = 'Long 0x0E08';
const SIZE_SPELLING = /^\w+ 0x0*e08$/i;
const EXTENDED = `singleValueExtendedProperties($filter=id eq '${ORIGIN_PROPERTY}' or id eq '${SIZE_PROPERTY}')`;

/** All that is asked of a message, in listings and by id. */
export const MESSAGE_QUERY = `$select=${SELECTED.join(',')}&$expand=${encodeURIComponent(EXTENDED)}`;

const anything = z.unknown().optional();
const kept = Object.fromEntries(KEPT_FIELDS.map((field) => [field, anything])) as {
  readonly [Field in (typeof KEPT_FIELDS)[number]]: typeof anything;
};

/**
 * A message as delta and GET give it with {@link MESSAGE_QUERY}. [Graph documentation: resources/message.md]
 * Every field that is used is named: of a schema that lets others through, zod makes no fast code.
 */
export const messageSchema = z.object({
  ...kept,
  '@odata.type': z.string().optional(),
  id: z.string().min(1),
  changeKey: z.string().min(1),
  parentFolderId: z.string().min(1),
  subject: z.string().nullish(),
  isDraft: z.boolean().nullish(),
  createdDateTime: z.string().nullish(),
  lastModifiedDateTime: z.string().nullish(),
  receivedDateTime: z.string().nullish(),
  body: z.object({ contentType: z.string(), content: z.string() }),
  singleValueExtendedProperties: z.array(z.object({ id: z.string(), value: z.string().nullish() })).nullish(),
});
export type GraphMessage = z.infer<typeof messageSchema>;

/** Bytes of the message in the store; undefined where the service does not tell. */
export function messageSize({ singleValueExtendedProperties: properties }: GraphMessage): number | undefined {
  const value = properties?.find(({ id }) => SIZE_SPELLING.test(id))?.value;
  return value != null && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** An entry of a delta page: a removal, a whole message, or (read-state events) little more than an id. */
export const deltaEntrySchema = z.object({
  id: z.string().min(1),
  '@removed': z.object({ reason: z.string().optional() }).optional(),
});
