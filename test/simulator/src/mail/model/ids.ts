/** The two forms of an item's id (docs: graph/outlook-immutable-id); the plain one changes when the item moves. */
export type IdForm = 'rest' | 'immutable';

/** The part of an id that names the mailbox: 9 octets, so that the base64 of what follows stays aligned. */
export type MailboxKey = Buffer;

const REST = 'AAMkAG';
const IMMUTABLE = 'AAkALg';
const FOLDER = 'AQMkAD';
const ATTACHMENT_MARK = 'BEgAQ';

function numbers(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(values.length * 6);
  for (const [n, value] of values.entries()) octets.writeUIntBE(value, n * 6, 6);
  return octets;
}

/** What an item's plain id depends on beside its number. */
export interface ItemPlace {
  readonly index: number;
  readonly folderNumber: number;
  /** How often it has moved. */
  readonly moves: number;
}

export function itemId(mailbox: MailboxKey, place: ItemPlace, form: IdForm): string {
  if (form === 'immutable')
    return `${IMMUTABLE}${Buffer.concat([mailbox, numbers(place.index)]).toString('base64url')}AAA=`;
  const tail = numbers(place.index, place.folderNumber, place.moves);
  return `${REST}${Buffer.concat([mailbox, tail]).toString('base64url')}AAA=`;
}

/** The item's number that an id bears, in either form; undefined for anything else. The caller compares the whole id. */
export function indexOfItemId(id: string): { index: number; form: IdForm } | undefined {
  const form = id.startsWith(REST) ? 'rest' : 'immutable';
  if (form === 'immutable' && !id.startsWith(IMMUTABLE)) return undefined;
  const octets = Buffer.from(id.slice(REST.length), 'base64url');
  return octets.length < 15 ? undefined : { index: octets.readUIntBE(9, 6), form };
}

export function folderId(mailbox: MailboxKey, folderNumber: number): string {
  return `${FOLDER}${Buffer.concat([mailbox, numbers(folderNumber)]).toString('base64url')}AAA=`;
}

/** An attachment's id begins with its message's, as Exchange's do. */
export function attachmentId(messageId: string, attachmentNumber: number): string {
  return `${messageId.slice(0, -1)}${ATTACHMENT_MARK}${numbers(attachmentNumber).toString('base64url')}=`;
}

/** The message's version as Exchange writes it; changes with every change of the item. */
export function changeKey(mailbox: MailboxKey, index: number, version: number): string {
  return `CQAAABYAAA${Buffer.concat([mailbox, numbers(index, version)]).toString('base64')}`;
}
