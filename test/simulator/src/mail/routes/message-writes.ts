import { ApiError } from '../../core/api-error.js';
import type { Letter } from '../content/letter.js';
import { DELIVERY_TIME, MESSAGE_FLAGS, SUBMIT_TIME, UNSENT } from '../model/extended-property.js';
import type { MailFolder, MailItem } from '../model/mail-folder.js';
import { type Mailbox, writtenOrigin } from '../model/mailbox.js';
import { readAttachment } from './read-attachment.js';
import {
  invalid,
  isObject,
  readAddress,
  readAddresses,
  readBody,
  readCategories,
  readFlag,
  readFlagged,
  readImportance,
  readInstant,
  readList,
  readProperties,
  readText,
} from './read-json.js';

type Json = Readonly<Record<string, unknown>>;

/** What a message says: settable while it is a draft (docs: graph/api/message-update). */
const LETTER_FIELDS: Readonly<Record<string, (value: unknown) => Partial<Letter>>> = {
  subject: (value) => ({ subject: value === null ? '' : readText('subject', value) }),
  body: (value) => {
    const body = readBody(value);
    return { body: () => body };
  },
  from: (value) => ({ from: value === null ? undefined : readAddress('from', value) }),
  sender: (value) => ({ sender: value === null ? undefined : readAddress('sender', value) }),
  toRecipients: (value) => ({ to: readAddresses('toRecipients', value) }),
  ccRecipients: (value) => ({ cc: readAddresses('ccRecipients', value) }),
  bccRecipients: (value) => ({ bcc: readAddresses('bccRecipients', value) }),
  replyTo: (value) => ({ replyTo: readAddresses('replyTo', value) }),
  internetMessageId: (value) => ({ internetMessageId: readText('internetMessageId', value) }),
  isDeliveryReceiptRequested: (value) => ({
    isDeliveryReceiptRequested: readFlagged('isDeliveryReceiptRequested', value),
  }),
  isReadReceiptRequested: (value) => ({ isReadReceiptRequested: readFlagged('isReadReceiptRequested', value) }),
  internetMessageHeaders: (value) => ({ headers: readHeaders(value) }),
};

type State = Pick<MailItem, 'isRead' | 'importance' | 'flag' | 'categories' | 'inferenceClassification'>;

/** What its reader did with it: settable at any time. */
const STATE_FIELDS: Readonly<Record<string, (value: unknown) => Partial<State>>> = {
  isRead: (value) => ({ isRead: readFlagged('isRead', value) }),
  importance: (value) => ({ importance: readImportance(value) }),
  flag: (value) => ({ flag: readFlag(value) }),
  categories: (value) => ({ categories: readCategories(value) }),
  inferenceClassification: (value) => ({ inferenceClassification: value === 'other' ? 'other' : 'focused' }),
};

/** Properties that the service keeps itself: taken in a body and left unread. */
const READ_ONLY: ReadonlySet<string> = new Set([
  'id',
  'changeKey',
  'createdDateTime',
  'lastModifiedDateTime',
  'receivedDateTime',
  'sentDateTime',
  'hasAttachments',
  'bodyPreview',
  'parentFolderId',
  'conversationId',
  'conversationIndex',
  'isDraft',
  'webLink',
  'uniqueBody',
]);
const ELSEWHERE: ReadonlySet<string> = new Set(['attachments', 'singleValueExtendedProperties']);

function checkNames(json: Json): void {
  for (const name of Object.keys(json)) {
    const isKnown = name in LETTER_FIELDS || name in STATE_FIELDS || READ_ONLY.has(name) || ELSEWHERE.has(name);
    if (!isKnown && !name.includes('@odata.')) {
      throw new ApiError(
        400,
        'RequestBodyRead',
        `The property '${name}' does not exist on type 'microsoft.graph.message'.`,
      );
    }
  }
}

function apply<T>(fields: Readonly<Record<string, (value: unknown) => T>>, json: Json): T[] {
  return Object.entries(fields).flatMap(([name, read]) => (json[name] === undefined ? [] : [read(json[name])]));
}

const merged = <T extends object>(parts: readonly Partial<T>[]): Partial<T> =>
  parts.reduce<Partial<T>>((sum, part) => ({ ...sum, ...part }), {});

/** Only headers of the client's own may be set (docs: graph/api/user-post-messages, x-headers). */
function readHeaders(value: unknown): [string, string][] {
  return readList('internetMessageHeaders', value).map((entry) => {
    const name = isObject(entry) ? readText('internetMessageHeaders/name', entry.name) : '';
    if (!/^x-/i.test(name)) {
      const message = `The internet message header name '${name}' should start with 'x-' or 'X-'.`;
      throw new ApiError(400, 'InvalidInternetMessageHeader', message);
    }
    return [name, isObject(entry) ? readText('internetMessageHeaders/value', entry.value) : ''];
  });
}

/** The letter that a JSON body describes (docs: graph/api/user-post-messages). */
export function letterFromJson(json: Json, base: Letter): Letter {
  checkNames(json);
  const attachments = json.attachments === undefined ? [] : readList('attachments', json.attachments);
  return {
    ...base,
    ...merged(apply(LETTER_FIELDS, json)),
    attachments: attachments.map((attachment, n) => readAttachment(attachment, n + 1)),
  };
}

/** An empty letter by the owner of the mailbox, as a new draft starts. */
export function blankLetter(mailbox: Mailbox, source: number): Letter {
  const sentAt = Math.floor(mailbox.clock.now() / 1000) * 1000;
  const name = `${mailbox.key.toString('hex')}-${source}-${sentAt.toString(36)}`;
  return {
    subject: '',
    from: mailbox.world.owner,
    sender: mailbox.world.owner,
    to: [],
    cc: [],
    bcc: [],
    replyTo: [],
    internetMessageId: `<${name}@prod.outlook.example>`,
    sentAt,
    topic: name,
    headers: [],
    body: () => ({ contentType: 'text', content: '' }),
    attachments: [],
    style: { charset: 'utf-8', encoding: 'quoted-printable' },
  };
}

/** Whether a message made with these properties is none of the drafts: bit mfUnsent of PidTagMessageFlags is given and clear. */
export function isCreatedSent(properties: ReadonlyMap<string, string>): boolean {
  const flags = properties.get(MESSAGE_FLAGS);
  if (flags === undefined) return false;
  if (!/^\d+$/.test(flags)) throw invalid('Integer 0x0E07', 'expected a whole number');
  return (Number(flags) & UNSENT) === 0;
}

/** Puts a message into a folder as a client described it (facts of restore: PidTagMessageFlags counts only in the create call). */
export function createFromJson(mailbox: Mailbox, folder: MailFolder, json: Json): MailItem {
  const source = mailbox.nextSource();
  const written = letterFromJson(json, blankLetter(mailbox, source));
  const properties = readProperties(json.singleValueExtendedProperties);
  const { sentAt = written.sentAt, receivedAt = written.sentAt } = timesIn(properties);
  const letter = { ...written, sentAt };
  const state = merged<State>(apply(STATE_FIELDS, json));
  const item = mailbox.addItem({
    ...state,
    origin: writtenOrigin(source, sentAt),
    folder,
    sentAt,
    receivedAt,
    letter,
    isDraft: !isCreatedSent(properties),
    ...(json.isRead === undefined ? { isRead: readBit(properties) } : {}),
    createdAt: written.sentAt,
    modifiedAt: written.sentAt,
    properties: withoutComputed(properties),
  });
  return item;
}

const readBit = (properties: ReadonlyMap<string, string>): boolean =>
  !properties.has(MESSAGE_FLAGS) || (Number(properties.get(MESSAGE_FLAGS)) & 1) !== 0;

function timesIn(properties: ReadonlyMap<string, string>): { sentAt?: number; receivedAt?: number } {
  const sent = properties.get(SUBMIT_TIME);
  const received = properties.get(DELIVERY_TIME);
  return {
    ...(sent === undefined ? {} : { sentAt: readInstant('SystemTime 0x0039', sent) }),
    ...(received === undefined ? {} : { receivedAt: readInstant('SystemTime 0x0E06', received) }),
  };
}

/** Properties that follow from the message's state are not kept beside it. */
function withoutComputed(properties: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...properties].filter(([id]) => id !== MESSAGE_FLAGS && id !== SUBMIT_TIME && id !== DELIVERY_TIME));
}

/** Updates a message. What it says may change only on a draft, or with the permission that 2026-12-31 brought for it. */
export function updateFromJson(mailbox: Mailbox, item: MailItem, json: Json, mayEditSent: boolean): void {
  checkNames(json);
  const edits = apply(LETTER_FIELDS, json);
  if (edits.length > 0 && !item.isDraft && !mayEditSent) {
    const message =
      'Access is denied. The property can be changed only on a draft, or with Mail-Advanced.ReadWrite.All.';
    throw new ApiError(403, 'ErrorAccessDenied', message);
  }
  const state = merged<State>(apply(STATE_FIELDS, json));
  const properties = readProperties(json.singleValueExtendedProperties);
  const times = timesIn(properties);
  const isOther = edits.length > 0 || properties.size > 0 || Object.keys(state).some((name) => name !== 'isRead');
  const isReadChange = state.isRead !== undefined && state.isRead !== item.isRead;
  if (!isOther && !isReadChange) return;
  mailbox.changeItem(item, isOther ? 'other' : 'read', () => {
    if (edits.length > 0) item.letter = editedLetter(mailbox.letterOf(item), edits);
    if (properties.size > 0) item.properties = new Map([...(item.properties ?? []), ...withoutComputed(properties)]);
    Object.assign(item, state, times);
  });
}

/** The letter with changes; MIME that was given is out of date then and is made from the fields. */
export function editedLetter(letter: Letter, edits: readonly Partial<Letter>[]): Letter {
  const { mime: _given, plainText: _text, ...fields } = letter;
  return { ...fields, ...merged(edits) };
}
