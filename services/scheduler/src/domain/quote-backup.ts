import type { WorkCost, Workload } from '@holdfast/kernel';

/** What the newest finished task of a resource spent. */
export interface PastWork {
  readonly lane: 'increment' | 'first-full';
  readonly requests: number;
  /** SharePoint's resource units; 0 for mail. */
  readonly units: number;
  /** Items that it found new or whose content had changed, folders among them. */
  readonly items: number;
  /** Read for content. */
  readonly bytes: number;
}

/** What Microsoft's usage report says of an account: items of a mailbox or files of a drive. */
export interface Usage {
  readonly items: number;
  readonly bytes: number;
}

/** What the next task of a resource is expected to read. */
export interface ReadCost extends WorkCost {
  readonly items: number;
  readonly bytes: number;
}

/** Requests of a mailbox beside those for messages: one for each folder, of which Outlook makes about forty with its own hidden ones. */
const MAILBOX_LOOK = 40;
const MESSAGES_PER_PAGE = 50;
/** A drive in which nothing is new: one page with a token. */
const DRIVE_LOOK = { requests: 1, units: 1 } as const;
const ITEMS_PER_PAGE = 500;
/** Folders that stand in a drive's listing beside its files, and are in no report. */
const ENTRIES_PER_FILE = 1.2;
const UNITS_PER_PAGE = 2;

/** What reading a resource for the first time asks: each message and each file once, and the listing. */
export function firstRead(workload: Workload, { items, bytes }: Usage): ReadCost {
  if (workload === 'mail') {
    const requests = items + Math.ceil(items / MESSAGES_PER_PAGE) + MAILBOX_LOOK;
    return { workload, requests, units: 0, uploadBytes: 0, items, bytes };
  }
  const pages = Math.ceil((items * ENTRIES_PER_FILE) / ITEMS_PER_PAGE);
  return {
    workload,
    requests: DRIVE_LOOK.requests + pages + items,
    units: DRIVE_LOOK.units + pages * UNITS_PER_PAGE + items,
    uploadBytes: 0,
    items,
    bytes,
  };
}

/** As much as the increment before; after the first read, a look at what there is. What will have changed by then nobody knows. */
export function nextIncrement(workload: Workload, past: PastWork): ReadCost {
  const nothing = { workload, uploadBytes: 0, items: 0, bytes: 0 };
  if (past.lane === 'first-full')
    return { ...nothing, ...(workload === 'mail' ? { requests: MAILBOX_LOOK, units: 0 } : DRIVE_LOOK) };
  const { requests, units, items, bytes } = past;
  return { ...nothing, requests, units, items, bytes };
}
