/** An extended property of a message. [Graph documentation: resources/extended-properties-overview.md] */
export interface ExtendedProperty {
  readonly id: string;
  readonly value: string;
}

/** PidTagMessageFlags: bits 0x1 read, 0x4 submitted, 0x8 unsent (a draft). Taken on creation only. [MS-OXCMSG 2.2.1.6] */
const MESSAGE_FLAGS = 'Integer 0x0E07';
/** PidTagClientSubmitTime: when the message was sent. */
const SUBMIT_TIME = 'SystemTime 0x0039';
/** PidTagMessageDeliveryTime: when it was received. */
const DELIVERY_TIME = 'SystemTime 0x0E06';

const READ = 0x1;
const SUBMITTED = 0x4;

/** What makes a created message one that was sent and received at its old times, instead of a draft of today. */
export function sentProperties(of: {
  isRead: boolean;
  sent: string | undefined;
  received: string | undefined;
}): ExtendedProperty[] {
  const properties = [{ id: MESSAGE_FLAGS, value: String(SUBMITTED | (of.isRead ? READ : 0)) }];
  if (of.sent !== undefined) properties.push({ id: SUBMIT_TIME, value: of.sent });
  if (of.received !== undefined) properties.push({ id: DELIVERY_TIME, value: of.received });
  return properties;
}

/** The times alone, for a draft. */
export function draftProperties(of: { received: string | undefined }): ExtendedProperty[] {
  return of.received === undefined ? [] : [{ id: DELIVERY_TIME, value: of.received }];
}
