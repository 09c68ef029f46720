import { isFolder, type CborValue, type ItemKind, type ItemRecord } from '@holdfast/vault';

/** An item as people see it in a listing. */
export interface ItemView {
  readonly itemId: string;
  readonly parentId: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly bytes: number;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly sortAtMs: number;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly isFolder: boolean;
  readonly path: readonly string[];
}

/** Most recipients that a listing shows of a message. */
const SHOWN_RECIPIENTS = 50;

export function itemView(itemId: string, record: ItemRecord, path: readonly string[] = []): ItemView {
  return {
    itemId,
    parentId: record.parentId ?? '',
    kind: record.kind,
    name: record.name,
    bytes: record.content?.bytes ?? record.bytes,
    createdAtMs: record.createdAt ?? 0,
    modifiedAtMs: record.modifiedAt ?? 0,
    sortAtMs: record.sortAt ?? record.modifiedAt ?? 0,
    sender: senderOf(record.properties),
    recipients: recipientsOf(record.properties).slice(0, SHOWN_RECIPIENTS),
    isFolder: isFolder(record.kind),
    path,
  };
}

type Properties = ItemRecord['properties'];

/** Name and address of who a message is from, as one text; empty for other items. */
export function senderOf(properties: Properties): string {
  return addressText(properties['from'] ?? properties['sender']);
}

/** Names and addresses of all to whom a message went, open or hidden. */
export function recipientsOf(properties: Properties): string[] {
  const lists = ['toRecipients', 'ccRecipients', 'bccRecipients'].map((name) => properties[name]);
  return lists
    .flatMap((list): readonly CborValue[] => (Array.isArray(list) ? (list as readonly CborValue[]) : []))
    .map(addressText)
    .filter((text) => text !== '');
}

/** `{ emailAddress: { name, address } }` as Graph gives it. */
function addressText(value: CborValue | undefined): string {
  const address = field(value, 'emailAddress');
  const name = textField(address, 'name');
  const mail = textField(address, 'address');
  if (name === '' || name === mail) return mail;
  return mail === '' ? name : `${name} <${mail}>`;
}

function field(value: CborValue | undefined, name: string): CborValue | undefined {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isMap && name in value ? (value as Readonly<Record<string, CborValue>>)[name] : undefined;
}

function textField(value: CborValue | undefined, name: string): string {
  const text = field(value, name);
  return typeof text === 'string' ? text : '';
}
