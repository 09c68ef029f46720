import type { MailItem } from './mail-folder.js';

const TAGGED = /^(\w+) 0x([0-9a-f]{1,8})$/i;
const NAMED = /^(\w+) \{([0-9a-f-]{36})\} (Name|Id) (.+)$/i;

/**
 * The one spelling of an extended property's id, so that `SystemTime 0x0E06` and `systemtime 0xe06` are the same
 * (docs: graph/api/resources/extended-properties-overview); undefined when it is none.
 */
export function canonicalPropertyId(id: string): string | undefined {
  const tagged = TAGGED.exec(id);
  if (tagged) return `${tagged[1]?.toLowerCase() ?? ''} 0x${parseInt(tagged[2] ?? '', 16).toString(16)}`;
  const named = NAMED.exec(id);
  if (!named) return undefined;
  const [, type = '', guid = '', kind = '', name = ''] = named;
  return `${type.toLowerCase()} {${guid.toLowerCase()}} ${kind.toLowerCase()} ${name}`;
}

/** PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6). */
export const MESSAGE_FLAGS = 'integer 0xe07';
/** PidTagClientSubmitTime: when it was sent. */
export const SUBMIT_TIME = 'systemtime 0x39';
/** PidTagMessageDeliveryTime: when it was received. */
export const DELIVERY_TIME = 'systemtime 0xe06';
/** PidTagMessageSize, in the two types that clients ask for. */
export const MESSAGE_SIZES: ReadonlySet<string> = new Set(['long 0xe08', 'integer 0xe08']);
/** PidTagLocalCommitTimeMax ([MS-OXCFOLD] 2.2.2.2.1.14). */
export const COMMIT_TIME = 'systemtime 0x670a';

const READ = 0x1;
export const UNSENT = 0x8;
const HAS_ATTACHMENT = 0x10;

/** The value of {@link MESSAGE_FLAGS}, which follows from the message's state. */
export function messageFlags(item: MailItem, hasAttachments: boolean): number {
  return (item.isRead ? READ : 0) | (item.isDraft ? UNSENT : 0) | (hasAttachments ? HAS_ATTACHMENT : 0);
}
