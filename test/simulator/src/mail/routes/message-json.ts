import { createHash } from 'node:crypto';
import type * as graph from '@microsoft/microsoft-graph-types';
import { isoSeconds } from '../../core/sim-clock.js';
import type { Letter } from '../content/letter.js';
import { changeKey, type IdForm } from '../model/ids.js';
import type { Mailbox } from '../model/mailbox.js';
import type { MailItem } from '../model/mail-folder.js';
import { addressJson, bodyJson, bodyPreview, flagJson, plainText } from './letter-json.js';

/** A message as one request sees it. The letter is made when a property asks for it. */
export class MessageView {
  #letter: Letter | undefined;

  constructor(
    readonly mailbox: Mailbox,
    readonly item: MailItem,
    readonly form: IdForm,
    /** `Prefer: outlook.body-content-type="text"` */
    readonly wantsText: boolean = false,
  ) {}

  get letter(): Letter {
    return (this.#letter ??= this.mailbox.letterOf(this.item));
  }

  get id(): string {
    return this.mailbox.idOf(this.item, this.form);
  }

  get changeKey(): string {
    return changeKey(this.mailbox.key, this.item.index, this.item.version);
  }
}

type Properties = { [Name in keyof graph.Message]-?: (view: MessageView) => graph.Message[Name] };
type Plain = Omit<
  Properties,
  'attachments' | 'extensions' | 'multiValueExtendedProperties' | 'singleValueExtendedProperties'
>;

/** Every property of a message that v1.0 has (docs: graph/api/resources/message), and how it is made. */
const PROPERTIES: Plain = {
  id: (view) => view.id,
  createdDateTime: ({ item }) => isoSeconds(item.createdAt),
  lastModifiedDateTime: ({ item }) => isoSeconds(item.modifiedAt),
  changeKey: (view) => view.changeKey,
  categories: ({ item }) => [...item.categories],
  receivedDateTime: ({ item }) => isoSeconds(item.receivedAt),
  sentDateTime: ({ item }) => isoSeconds(item.sentAt),
  hasAttachments: ({ letter }) => letter.attachments.some((attachment) => !attachment.isInline),
  internetMessageId: ({ letter }) => letter.internetMessageId,
  subject: ({ letter }) => letter.subject,
  bodyPreview: ({ letter }) => bodyPreview(letter.body()),
  importance: ({ item }) => item.importance,
  parentFolderId: ({ item }) => item.folder.id,
  conversationId: ({ letter }) => conversationId(letter),
  conversationIndex: ({ letter }) => Buffer.from(`\x01\x01${letter.topic}`).toString('base64'),
  isDeliveryReceiptRequested: ({ letter }) => letter.isDeliveryReceiptRequested ?? false,
  isReadReceiptRequested: ({ letter }) => letter.isReadReceiptRequested ?? false,
  isRead: ({ item }) => item.isRead,
  isDraft: ({ item }) => item.isDraft,
  webLink: (view) =>
    `https://outlook.office365.com/owa/?ItemID=${encodeURIComponent(view.id)}&exvsurl=1&viewmodel=ReadMessageItem`,
  inferenceClassification: ({ item }) => item.inferenceClassification,
  body: ({ letter, wantsText }) => {
    const body = letter.body();
    return wantsText ? { contentType: 'text', content: plainText(body) } : bodyJson(body);
  },
  uniqueBody: ({ letter }) => bodyJson(letter.body()),
  sender: ({ letter }) => (letter.sender ? addressJson(letter.sender) : null),
  from: ({ letter }) => (letter.from ? addressJson(letter.from) : null),
  toRecipients: ({ letter }) => letter.to.map(addressJson),
  ccRecipients: ({ letter }) => letter.cc.map(addressJson),
  bccRecipients: ({ letter }) => letter.bcc.map(addressJson),
  replyTo: ({ letter }) => letter.replyTo.map(addressJson),
  internetMessageHeaders: ({ letter }) => letter.headers.map(([name, value]) => ({ name, value })),
  flag: ({ item }) => flagJson(item.flag),
};

type Name = keyof Plain;
const isName = (name: string): name is Name => Object.hasOwn(PROPERTIES, name);
const NAMES: readonly Name[] = Object.keys(PROPERTIES).filter(isName);
/** Given only when they are selected. */
const ON_SELECT: ReadonlySet<string> = new Set(['uniqueBody', 'internetMessageHeaders']);
const BY_DEFAULT = NAMES.filter((name) => !ON_SELECT.has(name));
/** What Mail.ReadBasic.All leaves out (docs: graph/permissions-reference). */
const NOT_BASIC: ReadonlySet<string> = new Set(['body', 'bodyPreview', 'uniqueBody']);

/** Names that `$select`, `$filter` and `$orderby` may use. */
export const MESSAGE_PROPERTIES: ReadonlySet<string> = new Set([...NAMES, 'singleValueExtendedProperties']);

function conversationId(letter: Letter): string {
  return `AAQkAG${createHash('sha256').update(letter.topic).digest('base64url').slice(0, 40)}=`;
}

/** The named properties and nothing else; names that no message has are left out. */
export function propertiesOf(view: MessageView, names: readonly string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of names) if (isName(name)) found[name] = PROPERTIES[name](view);
  return found;
}

/** The named properties, or the default ones; `id` is always there. Meeting requests say their own type. */
export function messageJson(
  view: MessageView,
  select: readonly string[] | undefined,
  isBasic = false,
): Record<string, unknown> {
  const asked =
    select && select.length > 0 && !select.includes('*')
      ? select.map((path) => path.split('/')[0] ?? path)
      : BY_DEFAULT;
  const json: Record<string, unknown> = { '@odata.etag': `W/"${view.changeKey}"` };
  if (!select && view.letter.meeting) json['@odata.type'] = '#microsoft.graph.eventMessageRequest';
  json.id = view.id;
  Object.assign(json, propertiesOf(view, isBasic ? asked.filter((name) => !NOT_BASIC.has(name)) : asked));
  if (!select && view.letter.meeting) Object.assign(json, meetingJson(view.letter.meeting));
  return json;
}

/** docs: graph/api/resources/eventmessagerequest */
function meetingJson({ startAt, endAt, location }: NonNullable<Letter['meeting']>): graph.EventMessageRequest {
  const at = (ms: number): graph.DateTimeTimeZone => ({
    dateTime: `${new Date(ms).toISOString().slice(0, 19)}.0000000`,
    timeZone: 'UTC',
  });
  return {
    meetingMessageType: 'meetingRequest',
    type: 'singleInstance',
    isOutOfDate: false,
    isAllDay: false,
    isDelegated: false,
    startDateTime: at(startAt),
    endDateTime: at(endAt),
    location: { displayName: location },
  };
}
