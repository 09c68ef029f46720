import type * as graph from '@microsoft/microsoft-graph-types';
import { ApiError } from '../../core/api-error.js';
import type { Expand } from '../../core/odata.js';
import type { Filter } from '../../core/odata-filter.js';
import { isoSeconds } from '../../core/sim-clock.js';
import {
  canonicalPropertyId,
  COMMIT_TIME,
  DELIVERY_TIME,
  MESSAGE_FLAGS,
  MESSAGE_SIZES,
  messageFlags,
  SUBMIT_TIME,
} from '../model/extended-property.js';
import type { MailFolder } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { FOLDER_COMMIT_TIME, MESSAGE_SIZE_TAG, PROPERTY_ID_FORM } from '../switches.js';
import { attachmentSize } from './attachment-json.js';
import type { MessageView } from './message-json.js';

type Property = graph.SingleValueLegacyExtendedProperty;

export const isPropertyExpand = ({ name }: Expand): boolean => name.toLowerCase() === 'singlevalueextendedproperties';

/** The ids that `$expand=singleValueExtendedProperties($filter=id eq 'a' or id eq 'b')` names. */
export function expandedPropertyIds(expand: Expand): string[] {
  const { filter } = expand.options;
  if (!filter)
    throw new ApiError(400, 'ErrorInvalidRequest', 'Extended properties can be expanded only with a $filter on id.');
  return idsIn(filter);
}

function idsIn(filter: Filter): string[] {
  if (filter.kind === 'or') return [...idsIn(filter.left), ...idsIn(filter.right)];
  if (
    filter.kind === 'compare' &&
    filter.path === 'id' &&
    filter.operator === 'eq' &&
    typeof filter.value === 'string'
  ) {
    return [filter.value];
  }
  if (filter.kind === 'in' && filter.path === 'id') return filter.values.filter((value) => typeof value === 'string');
  throw new ApiError(400, 'ErrorInvalidRequest', 'Extended properties can be expanded only with a $filter on id.');
}

/** The extended properties of those ids that the message has (docs: graph/api/singlevaluelegacyextendedproperty-get). */
export function messageProperties(view: MessageView, ids: readonly string[]): Property[] {
  return present(view.mailbox, ids, (id) => messageProperty(view, id));
}

export function folderProperties(mailbox: Mailbox, folder: MailFolder, ids: readonly string[]): Property[] {
  return present(mailbox, ids, (id) => {
    if (id === COMMIT_TIME) return mailbox.switches.get(FOLDER_COMMIT_TIME) ? isoSeconds(folder.contentAt) : undefined;
    return folder.properties?.get(id);
  });
}

function messageProperty(view: MessageView, id: string): string | undefined {
  const { item, letter, mailbox } = view;
  if (id === MESSAGE_FLAGS) return String(messageFlags(item, letter.attachments.length > 0));
  if (id === SUBMIT_TIME) return isoSeconds(item.sentAt);
  if (id === DELIVERY_TIME) return isoSeconds(item.receivedAt);
  if (MESSAGE_SIZES.has(id)) return mailbox.switches.get(MESSAGE_SIZE_TAG) ? String(messageSize(view)) : undefined;
  return item.properties?.get(id);
}

/** What the message takes in the store ([MS-OXCMSG] 2.2.1.7): text, attachments, and what its reader noted on it. */
function messageSize({ letter, item }: MessageView): number {
  const noted = [...item.categories, JSON.stringify(item.flag)].reduce((sum, text) => sum + 2 * text.length, 0);
  const text = Buffer.byteLength(letter.body().content) + 2 * letter.subject.length;
  return letter.attachments.reduce((sum, attachment) => sum + 400 + attachmentSize(attachment), 1_000 + text + noted);
}

function present(mailbox: Mailbox, asked: readonly string[], valueOf: (id: string) => string | undefined): Property[] {
  return asked.flatMap((id) => {
    const canonical = canonicalPropertyId(id);
    if (canonical === undefined) {
      throw new ApiError(400, 'ErrorInvalidProperty', `The extended property id '${id}' is not valid.`);
    }
    const value = valueOf(canonical);
    return value === undefined ? [] : [{ id: spelled(mailbox, id), value }];
  });
}

function spelled(mailbox: Mailbox, id: string): string {
  if (mailbox.switches.get(PROPERTY_ID_FORM) === 'asked') return id;
  return id
    .replace(/0x0*([0-9a-f]+)/i, (_, hex: string) => `0x${hex.toLowerCase()}`)
    .replace(/\{[^}]*\}/, (guid) => guid.toLowerCase());
}
