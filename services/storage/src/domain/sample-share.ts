/** What one destination has to hold of a vault. */
export interface Expected {
  readonly objects: number;
  readonly bytes: number;
}

/**
 * What one day's sample has to read at least, so that with a sample a day everything is read in `days` days: the same share of
 * objects and of bytes, whichever takes longer. Those that were read longest ago come first, and what comes new waits behind what
 * is there, so a vault that grows keeps the promise for all that it held.
 */
export function shareOf({ objects, bytes }: Expected, days: number): Expected {
  return { objects: Math.ceil(objects / days), bytes: Math.ceil(bytes / days) };
}

/** Whether a sample that has read so much is done for the day. */
export function hasReadShare(read: Expected, share: Expected): boolean {
  return read.objects >= share.objects && read.bytes >= share.bytes;
}

/** Days from today until everything will have been read, where each day reads a share; `unread` is what this round has not read. */
export function daysUntilAllRead(unread: Expected, share: Expected): number {
  const days = (left: number, aDay: number) => (left === 0 ? 0 : Math.ceil(left / Math.max(1, aDay)));
  return Math.max(days(unread.objects, share.objects), days(unread.bytes, share.bytes));
}
