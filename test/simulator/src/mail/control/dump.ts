import type { SimTenant } from '../../core/tenant.js';
import type { DumpEntry } from '../../core/workload.js';
import { isoSeconds } from '../../core/sim-clock.js';
import { sha256Of } from '../content/attachment-bytes.js';
import type { Attachment, Letter } from '../content/letter.js';
import { renderMime } from '../mime/render.js';
import type { MailFolder, MailItem } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { openMailbox } from '../model/mailbox-shelf.js';
import { attachmentSize } from '../routes/attachment-json.js';
import { addressJson, flagJson } from '../routes/letter-json.js';

/** Folders that hold what a reader can see: all below the top one, Outlook's search folders, and nothing of the recoverable items. */
export function* dumpMailbox(tenant: SimTenant, userId: string): Generator<DumpEntry> {
  const mailbox = openMailbox(tenant, userId);
  if (!mailbox) return;
  const place = { tenantId: tenant.id, userId };
  const folders = [...mailbox.shownFolders()];
  for (const folder of folders) {
    yield { ...place, kind: 'folder', id: folder.id, key: pathOf(folder), fields: folderFields(mailbox, folder) };
  }
  for (const folder of folders) {
    for (const [key, item] of keyed(mailbox, folder)) yield { ...place, ...messageEntry(mailbox, item, key) };
  }
}

const pathOf = (folder: MailFolder): string => folder.path().map(encodeURIComponent).join('/');

function folderFields(mailbox: Mailbox, folder: MailFolder): Record<string, unknown> {
  return {
    path: folder.path(),
    displayName: folder.displayName,
    wellKnownName: folder.wellKnownName ?? null,
    isHidden: folder.isHidden,
    search: folder.search
      ? {
          filterQuery: folder.search.filterQuery,
          includeNestedFolders: folder.search.includeNestedFolders,
          sources: folder.search.sources
            .map((source) => (mailbox.folders.has(source.id) ? pathOf(source) : null))
            .sort(),
          isSupported: folder.search.isSupported,
        }
      : null,
  };
}

/** Messages with keys that a restore keeps: folder, Message-ID and, where these are equal, their order by content. */
function keyed(mailbox: Mailbox, folder: MailFolder): [key: string, item: MailItem][] {
  const seen = new Map<string, number>();
  return [...folder.items]
    .map((item) => ({ item, id: mailbox.letterOf(item).internetMessageId }))
    .sort(
      (left, right) =>
        (left.id < right.id ? -1 : Number(left.id > right.id)) || compareTwins(mailbox, left.item, right.item),
    )
    .map(({ item, id }) => {
      const twins = seen.get(id) ?? 0;
      seen.set(id, twins + 1);
      return [`${pathOf(folder)}/${id}#${twins}`, item];
    });
}

function compareTwins(mailbox: Mailbox, left: MailItem, right: MailItem): number {
  const state = (item: MailItem): string =>
    JSON.stringify(stateFields(item)) + printOf(mailbox.letterOf(item)).contentHash;
  const [a, b] = [state(left), state(right)];
  return a < b ? -1 : Number(a > b);
}

/** What a letter says: text and attachments in one hash that a restore keeps, and apart its form as MIME. */
interface Print {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly contentHash: string;
  readonly mimeSha256: string;
}

/** Models are dumped again and again, and a letter never changes: an edit gives its message another one. */
const prints = new WeakMap<Letter, Print>();

function printOf(letter: Letter): Print {
  const known = prints.get(letter);
  if (known) return known;
  const fields = letterFields(letter);
  const contentHash = sha256Of([Buffer.from(JSON.stringify(fields))]);
  const made = { fields, contentHash, mimeSha256: sha256Of(renderMime(letter)) };
  prints.set(letter, made);
  return made;
}

function messageEntry(mailbox: Mailbox, item: MailItem, key: string): Omit<DumpEntry, 'tenantId' | 'userId'> {
  const letter = mailbox.letterOf(item);
  const { fields, contentHash, mimeSha256 } = printOf(letter);
  return {
    kind: 'message',
    id: mailbox.idOf(item, 'immutable'),
    key,
    contentHash,
    fields: {
      folder: item.folder.path(),
      folderId: item.folder.id,
      ...fields,
      ...stateFields(item),
      properties: Object.fromEntries([...(item.properties ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))),
      type: letter.meeting ? 'eventMessageRequest' : 'message',
      mimeSha256: item.isCorrupt ? null : mimeSha256,
    },
  };
}

function stateFields(item: MailItem): Record<string, unknown> {
  return {
    receivedDateTime: isoSeconds(item.receivedAt),
    sentDateTime: isoSeconds(item.sentAt),
    isRead: item.isRead,
    isDraft: item.isDraft,
    flag: flagJson(item.flag),
    categories: [...item.categories],
    importance: item.importance,
    inferenceClassification: item.inferenceClassification,
  };
}

function letterFields(letter: Letter): Record<string, unknown> {
  const body = letter.body();
  return {
    subject: letter.subject,
    bodyType: body.contentType,
    bodySha256: sha256Of([Buffer.from(body.content)]),
    from: letter.from ? addressJson(letter.from) : null,
    sender: letter.sender ? addressJson(letter.sender) : null,
    toRecipients: letter.to.map(addressJson),
    ccRecipients: letter.cc.map(addressJson),
    bccRecipients: letter.bcc.map(addressJson),
    replyTo: letter.replyTo.map(addressJson),
    internetMessageId: letter.internetMessageId,
    isReadReceiptRequested: letter.isReadReceiptRequested ?? false,
    attachments: letter.attachments.map(attachmentFields),
  };
}

function attachmentFields(attachment: Attachment): Record<string, unknown> {
  return {
    kind: attachment.kind,
    name: attachment.name,
    contentType: attachment.contentType,
    size: attachmentSize(attachment),
    isInline: attachment.isInline,
    contentId: attachment.kind === 'file' ? attachment.contentId : null,
    sha256: attachmentHash(attachment),
  };
}

function attachmentHash(attachment: Attachment): string {
  if (attachment.kind === 'file') return sha256Of(attachment.content.pieces());
  if (attachment.kind === 'reference') return sha256Of([Buffer.from(attachment.sourceUrl)]);
  const { internetMessageId: _id, ...fields } = letterFields(attachment.letter);
  return sha256Of([Buffer.from(JSON.stringify(fields))]);
}
