import type { Rng } from '../../core/rng.js';
import type { Mailbox } from './mailbox.js';

interface WellKnown {
  readonly name: string;
  readonly parent: string | undefined;
  /** In English, German, French, Russian, Japanese. */
  readonly displayNames: readonly [string, ...string[]];
  readonly isHidden?: boolean;
}

/** Folders that a mailbox is born with (docs: graph/api/resources/mailfolder, the list of well-known names). */
const WELL_KNOWN: readonly WellKnown[] = [
  { name: 'root', parent: undefined, displayNames: ['Root'], isHidden: true },
  {
    name: 'msgfolderroot',
    parent: 'root',
    displayNames: ['Top of Information Store', 'Oberste Ebene des Informationsspeichers'],
  },
  {
    name: 'inbox',
    parent: 'msgfolderroot',
    displayNames: ['Inbox', 'Posteingang', 'Boîte de réception', 'Входящие', '受信トレイ'],
  },
  {
    name: 'drafts',
    parent: 'msgfolderroot',
    displayNames: ['Drafts', 'Entwürfe', 'Brouillons', 'Черновики', '下書き'],
  },
  {
    name: 'sentitems',
    parent: 'msgfolderroot',
    displayNames: ['Sent Items', 'Gesendete Elemente', 'Éléments envoyés', 'Отправленные', '送信済みアイテム'],
  },
  {
    name: 'deleteditems',
    parent: 'msgfolderroot',
    displayNames: ['Deleted Items', 'Gelöschte Elemente', 'Éléments supprimés', 'Удаленные', '削除済みアイテム'],
  },
  {
    name: 'junkemail',
    parent: 'msgfolderroot',
    displayNames: ['Junk Email', 'Junk-E-Mail', 'Courrier indésirable', 'Нежелательная почта', '迷惑メール'],
  },
  { name: 'archive', parent: 'msgfolderroot', displayNames: ['Archive', 'Archiv', 'Archive', 'Архив', 'アーカイブ'] },
  {
    name: 'outbox',
    parent: 'msgfolderroot',
    displayNames: ['Outbox', 'Postausgang', 'Boîte d’envoi', 'Исходящие', '送信トレイ'],
  },
  {
    name: 'conversationhistory',
    parent: 'msgfolderroot',
    displayNames: ['Conversation History', 'Aufgezeichnete Unterhaltungen'],
  },
  { name: 'scheduled', parent: 'msgfolderroot', displayNames: ['Scheduled', 'Geplant'], isHidden: true },
  { name: 'clutter', parent: 'msgfolderroot', displayNames: ['Clutter'], isHidden: true },
  { name: 'syncissues', parent: 'msgfolderroot', displayNames: ['Sync Issues', 'Synchronisierungsprobleme'] },
  { name: 'conflicts', parent: 'syncissues', displayNames: ['Conflicts', 'Konflikte'] },
  { name: 'localfailures', parent: 'syncissues', displayNames: ['Local Failures', 'Lokale Fehler'] },
  { name: 'serverfailures', parent: 'syncissues', displayNames: ['Server Failures', 'Serverfehler'] },
  { name: 'searchfolders', parent: 'root', displayNames: ['Finder'], isHidden: true },
  { name: 'recoverableitemsroot', parent: 'root', displayNames: ['Recoverable Items'], isHidden: true },
  { name: 'recoverableitemsdeletions', parent: 'recoverableitemsroot', displayNames: ['Deletions'], isHidden: true },
];

const LANGUAGE_COUNT = 5;

/** Makes the folders that every mailbox has, named in the language of its owner. */
export function seedWellKnownFolders(mailbox: Mailbox, rng: Rng): void {
  const language = rng.chance(0.5) ? 0 : rng.int(1, LANGUAGE_COUNT - 1);
  for (const { name, parent, displayNames, isHidden = false } of WELL_KNOWN) {
    mailbox.addFolder({
      displayName: displayNames[language] ?? displayNames[0],
      parent: parent === undefined ? undefined : mailbox.requireWellKnown(parent),
      isHidden,
      wellKnownName: name,
    });
  }
}
