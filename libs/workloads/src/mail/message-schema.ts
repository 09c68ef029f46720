import { z } from 'zod';

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

/** Fields of which, with the body, the content is made: while none changes, the stored MIME stands. Read state, flag, categories and folder are not among them. */
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
  'hasAttachments',
] as const;

/** All that is asked of a message in listings. */
export const MESSAGE_SELECT = `$select=${['id', 'changeKey', 'parentFolderId', 'subject', 'body', ...KEPT_FIELDS].join(',')}`;

/** A message as delta and GET give it with {@link MESSAGE_SELECT}. [Graph documentation: resources/message.md] */
export const messageSchema = z.looseObject({
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

/** An entry of a delta page: a removal, a whole message, or (read-state events) little more than an id. */
export const deltaEntrySchema = z.looseObject({
  id: z.string().min(1),
  '@removed': z.object({ reason: z.string().optional() }).optional(),
});
