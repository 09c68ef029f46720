import type { ItemRecord } from '@holdfast/vault';

/** `2026-01-05 10.00 Budget.eml`: the received time in UTC and the subject, for the file that a message is exported to. */
export function emlName(record: ItemRecord): string {
  const when = new Date(record.sortAt ?? 0).toISOString().slice(0, 16).replace('T', ' ').replace(':', '.');
  const subject = record.name.trim() === '' ? 'no subject' : record.name.trim().slice(0, 100);
  return `${when} ${subject}.eml`;
}
