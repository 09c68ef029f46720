import { ApiError } from '../../core/api-error.js';
import type { ChangeReport } from '../../core/workload.js';
import { isShapeName } from '../content/shape-name.js';
import type { MailFolder, MailItem } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { deleteItem } from '../routes/delete-item.js';
import { binFolder, newFolder, changeFolder, requireOwnFolder, takeIn } from '../routes/folder-writes.js';
import { createFromJson, editedLetter, updateFromJson } from '../routes/message-writes.js';
import { requireFolder } from '../routes/open.js';
import { isObject } from '../routes/read-json.js';
import { arrive, opRng } from './arrive.js';

/** One operation: `{ op, message?, folder?, parent?, fields?, shape?, attachmentBytes? }`; ids in either form, folders by id or well-known name. */
export type MailOp = Readonly<Record<string, unknown>>;

interface Subject {
  readonly mailbox: Mailbox;
  readonly op: MailOp;
  readonly item: () => MailItem;
  readonly folder: (name?: 'folder' | 'parent') => MailFolder;
  readonly fields: () => Readonly<Record<string, unknown>>;
}

const bad = (message: string): ApiError => new ApiError(400, 'BadRequest', message);

function subjectOf(mailbox: Mailbox, op: MailOp): Subject {
  return {
    mailbox,
    op,
    item: () => {
      const item = mailbox.item(String(op.message));
      if (!item) throw bad('The operation names no message of this mailbox.');
      return item;
    },
    folder: (name = 'folder') => requireFolder(mailbox, typeof op[name] === 'string' ? op[name] : undefined),
    fields: () => (isObject(op.fields) ? op.fields : {}),
  };
}

const message = (mailbox: Mailbox, item: MailItem): ChangeReport => ({
  message: mailbox.idOf(item, 'immutable'),
  messageRestId: mailbox.idOf(item, 'rest'),
  folder: item.folder.id,
});

/** What tests can do to a mailbox without asking Graph: as its owner would, by Outlook. */
const OPS: Readonly<Record<string, (subject: Subject) => ChangeReport>> = {
  arrive: ({ mailbox, op, folder }) => {
    const { shape, attachmentBytes } = op;
    if (shape !== undefined && !isShapeName(shape))
      throw bad(`There is no kind of mail called ${JSON.stringify(shape)}.`);
    const wish = {
      ...(shape === undefined ? {} : { shape }),
      ...(typeof attachmentBytes === 'number' ? { attachmentBytes } : {}),
      ...(op.folder === undefined ? {} : { folder: folder() }),
    };
    return message(mailbox, arrive(mailbox, opRng(mailbox, 'arrive'), wish));
  },
  create: ({ mailbox, folder, fields }) => message(mailbox, createFromJson(mailbox, folder(), fields())),
  update: ({ mailbox, item, fields }) => {
    const found = item();
    updateFromJson(mailbox, found, fields(), true);
    return message(mailbox, found);
  },
  detach: ({ mailbox, item }) => {
    const found = item();
    const letter = mailbox.letterOf(found);
    const attachments = letter.attachments.slice(1);
    mailbox.changeItem(found, 'other', () => {
      found.letter = editedLetter(letter, [{ attachments }]);
    });
    return message(mailbox, found);
  },
  move: ({ mailbox, item, folder }) => {
    const found = item();
    mailbox.moveItem(found, folder());
    return message(mailbox, found);
  },
  copy: ({ mailbox, item, folder }) => message(mailbox, mailbox.copyItem(item(), folder())),
  delete: ({ mailbox, item }) => {
    const found = item();
    const report = message(mailbox, found);
    deleteItem(mailbox, found);
    return report;
  },
  'permanent-delete': ({ mailbox, item }) => {
    const found = item();
    const report = message(mailbox, found);
    mailbox.removeItem(found);
    return report;
  },
  corrupt: ({ mailbox, op, item }) => {
    const found = item();
    found.isCorrupt = op.isCorrupt !== false;
    mailbox.isLived = true;
    return message(mailbox, found);
  },
  'create-folder': ({ mailbox, folder, fields }) => {
    const made = newFolder(mailbox, folder('parent'), fields());
    if (made.search && fields().isSupported === false) made.search = { ...made.search, isSupported: false };
    return { folder: made.id };
  },
  'rename-folder': ({ mailbox, folder, fields }) => {
    const found = folder();
    changeFolder(mailbox, found, fields());
    return { folder: found.id };
  },
  'move-folder': ({ mailbox, folder }) => ({
    folder: takeIn(mailbox, requireOwnFolder(folder()), folder('parent'), 'move').id,
  }),
  'delete-folder': ({ mailbox, op, folder }) => {
    const found = requireOwnFolder(folder());
    if (op.isPermanent === true) mailbox.removeFolder(found);
    else binFolder(mailbox, found);
    return { folder: found.id };
  },
  'lose-delta-tokens': ({ mailbox }) => {
    mailbox.tokenEpoch += 1;
    mailbox.isLived = true;
    return { epoch: mailbox.tokenEpoch };
  },
};

export function mutateMailbox(mailbox: Mailbox, op: MailOp): ChangeReport {
  const name = String(op.op);
  const perform = OPS[name];
  if (!perform) throw bad(`Mail knows no operation '${name}'; it knows ${Object.keys(OPS).join(', ')}.`);
  return { op: name, ...perform(subjectOf(mailbox, op)) };
}
