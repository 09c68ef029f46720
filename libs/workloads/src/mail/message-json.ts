import type { ItemRecord } from '@holdfast/vault';
import { STATE_FIELDS } from './message-schema.js';
import { type ExtendedProperty, sentProperties, timeProperties } from './extended-properties.js';

/** What a message says, as a create call takes it. [Graph documentation: api/user-post-messages.md] */
const SAID = [
  'internetMessageId',
  'sender',
  'from',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
  'isDeliveryReceiptRequested',
  'isReadReceiptRequested',
] as const;

/** The JSON that makes the message again, without attachments. */
export function messageJson(record: ItemRecord, body: Uint8Array, origin: ExtendedProperty): Record<string, unknown> {
  const { properties } = record;
  return {
    subject: record.name,
    body: { contentType: properties['bodyType'] ?? 'text', content: Buffer.from(body).toString('utf8') },
    ...pick(record, SAID),
    ...pick(record, STATE_FIELDS),
    singleValueExtendedProperties: [...timesOf(record), origin],
  };
}

/** The JSON that gives a live message the state that the record has. */
export function stateJson(record: ItemRecord): Record<string, unknown> {
  return pick(record, STATE_FIELDS);
}

function timesOf({ properties }: ItemRecord): ExtendedProperty[] {
  const text = (name: string) => (typeof properties[name] === 'string' ? properties[name] : undefined);
  const times = { sent: text('sentDateTime'), received: text('receivedDateTime') };
  return properties['isDraft'] === true ? timeProperties(times) : sentProperties(properties['isRead'] === true, times);
}

function pick({ properties }: ItemRecord, names: readonly string[]): Record<string, unknown> {
  const held = names.filter((name) => properties[name] !== undefined && properties[name] !== null);
  return Object.fromEntries(held.map((name) => [name, properties[name]]));
}
