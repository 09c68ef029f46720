import type { Rng } from '../../core/rng.js';

const FOLDERS = [
  'Projects', 'Invoices', 'Клиенты', '契約書', 'Archive 2019', 'HR', 'Präsentationen', 'שיווק', 'Team & Partners', 'Q1', 'Q2',
  'old', '.config', '100% done', '#drafts', "Bob's files", 'المشاريع', 'Données', 'v1.0', '📷 Photos', 'Cafe\u0301 menus',
]; // prettier-ignore

const FILES = [
  'Report', 'Budget', 'meeting notes', '見積書', 'Договор поставки', 'Übersicht Größen', 'plan (final) (2)', 'a+b=c', 'résumé',
  'e\u0301tude', '50% off', 'C# basics', 'data;with;semicolons', "O'Neil, contract", '=SUM(A1;A9)', '-minus first', '@mentions',
  'דוח שנתי', 'تقرير', '🎉 launch', 'x'.repeat(200), 'two  spaces', 'tilde~1', 'dots...in...name', '{braces} [brackets]', '&amp;',
]; // prettier-ignore

/** A folder's name: plain, foreign, or one that trips careless clients. */
export function folderName(rng: Rng, number: number): string {
  return rng.chance(0.5) ? rng.pick(FOLDERS) : `${rng.pick(FOLDERS)} ${number}`;
}

/** A file's name with the ending; the number keeps siblings apart. */
export function fileName(rng: Rng, number: number, ending: string): string {
  const stem = rng.pick(FILES);
  const written = rng.chance(0.2) ? stem.toUpperCase() : stem;
  return `${written} ${number}.${ending}`;
}
