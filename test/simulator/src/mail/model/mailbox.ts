import type { SimClock } from '../../core/sim-clock.js';
import type { Switches } from '../../core/switches.js';
import { generateLetter } from '../content/generate-letter.js';
import type { Letter } from '../content/letter.js';
import type { LetterWorld, Origin } from '../content/origin.js';
import { folderId, type IdForm, indexOfItemId, itemId, type MailboxKey } from './ids.js';
import { MailFolder, type MailItem, type Search } from './mail-folder.js';
import { NOT_FLAGGED } from './item-state.js';

export interface NewFolder {
  readonly displayName: string;
  readonly parent: MailFolder | undefined;
  readonly isHidden?: boolean;
  readonly wellKnownName?: string;
  readonly search?: Search;
}

/** What is known of an item when it is put into a folder; the rest has defaults. */
export type NewItem = Pick<MailItem, 'origin' | 'folder' | 'receivedAt' | 'sentAt'> &
  Partial<Omit<MailItem, 'index' | 'moves' | 'version' | 'enteredSeq' | 'changedSeq' | 'readSeq' | 'isReturned'>>;

/** An attachment on its way in (docs: graph/api/attachment-createuploadsession). */
export interface UploadSession {
  readonly item: MailItem;
  /** In the form of id that the client asked for. */
  readonly messageId: string;
  readonly name: string;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly isInline: boolean;
  /** Bytes in all. */
  readonly size: number;
  readonly expiresAt: number;
  readonly pieces: Buffer[];
  received: number;
}

/** What changed about an item; the read flag apart, since delta treats it apart. */
export type ChangeKind = 'read' | 'other';

/**
 * One mailbox: folders, messages and the sequence of their changes. Every change takes the next sequence number, so that a
 * delta round is a range of numbers and its token needs no memory here.
 */
export class Mailbox {
  readonly folders = new Map<string, MailFolder>();
  readonly wellKnown = new Map<string, MailFolder>();
  /** Folders that are gone, for folder delta. */
  readonly removedFolders: { readonly seq: number; readonly id: string }[] = [];
  readonly uploads = new Map<string, UploadSession>();
  readonly #items: (MailItem | undefined)[] = [];
  #folderNumber = 0;
  #sourceNumber = 0;
  #seq = 0;
  #uploadNumber = 0;
  /** Raised when all delta tokens are lost; tokens bear it. */
  tokenEpoch = 0;
  /** True once anything happened that the seed does not know. */
  isLived = false;

  constructor(
    readonly key: MailboxKey,
    readonly userId: string,
    readonly world: LetterWorld,
    readonly clock: SimClock,
    readonly switches: Switches,
  ) {}

  /** The newest sequence number. */
  get seq(): number {
    return this.#seq;
  }

  get size(): number {
    return this.#items.length;
  }

  *items(): Generator<MailItem> {
    for (const item of this.#items) if (item) yield item;
  }

  /** A number for the next letter that the seed did not foresee. */
  nextSource(): number {
    return this.#sourceNumber++;
  }

  /** Keeps an upload session under a new name. */
  addUpload(session: UploadSession): string {
    const name = `${this.key.toString('hex')}-${++this.#uploadNumber}`;
    this.uploads.set(name, session);
    this.isLived = true;
    return name;
  }

  addFolder(folder: NewFolder): MailFolder {
    const number = ++this.#folderNumber;
    const { displayName, parent, isHidden = false, wellKnownName, search } = folder;
    const made = new MailFolder(
      number,
      folderId(this.key, number),
      displayName,
      parent,
      isHidden,
      wellKnownName,
      search,
    );
    made.changedSeq = ++this.#seq;
    made.contentAt = this.clock.now();
    parent?.children.add(made);
    this.folders.set(made.id, made);
    if (wellKnownName !== undefined) this.wellKnown.set(wellKnownName, made);
    return made;
  }

  /** By id, or by well-known name in any case. */
  folder(idOrName: string): MailFolder | undefined {
    return this.folders.get(idOrName) ?? this.wellKnown.get(idOrName.toLowerCase());
  }

  requireWellKnown(name: string): MailFolder {
    const folder = this.wellKnown.get(name);
    if (!folder) throw new Error(`The mailbox has no folder ${name}.`);
    return folder;
  }

  /** Every folder that a client can show: those below the top one, and Outlook's search folders, which stand beside it. */
  *shownFolders(): Generator<MailFolder> {
    yield* this.requireWellKnown('msgfolderroot').descendants();
    const searches = this.requireWellKnown('searchfolders');
    yield searches;
    yield* searches.descendants();
  }

  changeFolder(folder: MailFolder, change: { displayName?: string; parent?: MailFolder }): void {
    if (change.displayName !== undefined) folder.displayName = change.displayName;
    if (change.parent) {
      folder.parent?.children.delete(folder);
      folder.parent = change.parent;
      change.parent.children.add(folder);
    }
    folder.changedSeq = ++this.#seq;
    this.isLived = true;
  }

  /** Takes the folder, all below it and all their items away for good. */
  removeFolder(folder: MailFolder): void {
    for (const child of [...folder.children]) this.removeFolder(child);
    for (const item of [...folder.items]) this.removeItem(item);
    const seq = ++this.#seq;
    // Folder delta knows nothing of what does not stand below the top folder.
    if (folder.isInside(this.requireWellKnown('msgfolderroot'))) this.removedFolders.push({ seq, id: folder.id });
    folder.parent?.children.delete(folder);
    this.folders.delete(folder.id);
    this.isLived = true;
  }

  addItem(fields: NewItem): MailItem {
    const seq = ++this.#seq;
    const item: MailItem = {
      createdAt: fields.receivedAt,
      modifiedAt: fields.receivedAt,
      isRead: true,
      isDraft: false,
      importance: 'normal',
      flag: NOT_FLAGGED,
      categories: [],
      inferenceClassification: 'focused',
      ...fields,
      index: this.#items.length,
      moves: 0,
      version: 0,
      enteredSeq: seq,
      changedSeq: seq,
      readSeq: 0,
      isReturned: false,
    };
    this.#items.push(item);
    this.#sourceNumber = Math.max(this.#sourceNumber, item.origin.source + 1);
    this.#enter(item);
    return item;
  }

  /** By id in either form; an id of a moved item in the plain form is gone, and ids are case-sensitive. */
  item(id: string): MailItem | undefined {
    const found = indexOfItemId(id);
    const item = found && this.#items[found.index];
    return item && this.idOf(item, found.form) === id ? item : undefined;
  }

  idOf(item: MailItem, form: IdForm): string {
    return itemId(this.key, { index: item.index, folderNumber: item.folder.number, moves: item.moves }, form);
  }

  letterOf(item: MailItem): Letter {
    return item.letter ?? generateLetter(this.world, item.origin);
  }

  /** Applies a change to an item and records that it happened. */
  changeItem(item: MailItem, kind: ChangeKind, change: (item: MailItem) => void): void {
    const wasRead = item.isRead;
    change(item);
    const seq = ++this.#seq;
    if (kind === 'read') item.readSeq = seq;
    else item.changedSeq = seq;
    item.version += 1;
    item.modifiedAt = this.clock.now();
    if (wasRead !== item.isRead) item.folder.unread += item.isRead ? -1 : 1;
    this.#touchContent(item.folder, seq);
  }

  moveItem(item: MailItem, target: MailFolder): void {
    this.#leave(item, false);
    item.folder = target;
    item.moves += 1;
    item.version += 1;
    item.modifiedAt = this.clock.now();
    item.isReturned = target.departed.has(item);
    item.enteredSeq = ++this.#seq;
    item.changedSeq = item.enteredSeq;
    this.#enter(item);
  }

  /** A copy with a number of its own; equal in everything that a reader sees. What the control API damages is one item, and not its copies. */
  copyItem(item: MailItem, target: MailFolder): MailItem {
    const now = this.clock.now();
    return this.addItem({ ...item, folder: target, createdAt: now, modifiedAt: now, isCorrupt: false });
  }

  removeItem(item: MailItem): void {
    this.#leave(item, true);
    this.#items[item.index] = undefined;
  }

  #enter(item: MailItem): void {
    item.folder.items.add(item);
    if (!item.isRead) item.folder.unread += 1;
    this.#touchContent(item.folder, item.enteredSeq);
  }

  #leave(item: MailItem, isDeleted: boolean): void {
    const { folder, moves } = item;
    folder.items.delete(item);
    folder.departed.add(item);
    if (!item.isRead) folder.unread -= 1;
    const seq = ++this.#seq;
    folder.removals.push({ seq, item, moves, isDeleted });
    this.#touchContent(folder, seq);
  }

  #touchContent(folder: MailFolder, seq: number): void {
    folder.contentSeq = seq;
    folder.contentAt = this.clock.now();
    this.isLived = true;
  }
}

/** The form of id that a client asked for. */
export const idForm = (immutableIds: boolean): IdForm => (immutableIds ? 'immutable' : 'rest');

/** An origin for a letter that a client wrote: nothing is ever generated from it. */
export const writtenOrigin = (source: number, sentAt: number): Origin => ({ source, sentAt, direction: 'out' });
