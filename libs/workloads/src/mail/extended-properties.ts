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

/** The times of a message, RFC 3339. */
export interface MessageTimes {
  readonly sent: string | undefined;
  readonly received: string | undefined;
}

/** What makes a created message one that was sent and received at its old times, instead of a draft of today. */
export function sentProperties(isRead: boolean, times: MessageTimes): ExtendedProperty[] {
  return [{ id: MESSAGE_FLAGS, value: String(SUBMITTED | (isRead ? READ : 0)) }, ...timeProperties(times)];
}

/** The old times alone; a message created with them is a draft. */
export function timeProperties({ sent, received }: MessageTimes): ExtendedProperty[] {
  return [
    ...(sent === undefined ? [] : [{ id: SUBMIT_TIME, value: sent }]),
    ...(received === undefined ? [] : [{ id: DELIVERY_TIME, value: received }]),
  ];
}
