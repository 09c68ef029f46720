import { unconfirmed } from '../core/switches.js';

/** Delta may repeat the last entry of a page on the next one. */
export const DELTA_DUPLICATES = unconfirmed({
  name: 'mail.delta-duplicates',
  choices: [false, true],
  because: 'delta-query-overview says that replays happen; how often and where is not said',
});

export const DELTA_REPLAYED_PAGE = unconfirmed({
  name: 'mail.delta-replayed-page',
  choices: [false, true],
  because: 'delta-query-overview says that replays happen; how often and where is not said',
});

/** A changed message may come twice in a round, first as it was before. */
export const DELTA_ITEM_TWICE = unconfirmed({
  name: 'mail.delta-item-twice',
  choices: [false, true],
  because: 'documented for drive items (driveitem-delta), for messages only as replays',
});

/** With immutable ids, a message that comes back to a folder may be missed by that folder's delta. */
export const DELTA_LOST_RETURN = unconfirmed({
  name: 'mail.delta-lost-return',
  choices: [false, true],
  because: 'known-issues entry of 2026-02-25, not found again',
});

/** How a mailbox says that it forgot a delta token. */
export const SYNC_STATE_CODE = unconfirmed({
  name: 'mail.sync-state-code',
  choices: ['syncStateNotFound', 'resyncRequired'],
  because: 'delta-query-overview: "40X" with syncStateNotFound as one example; clients saw resyncRequired, too',
});

/** What delta says of a message of which only the read flag changed. */
export const DELTA_READ_FLAG = unconfirmed({
  name: 'mail.delta-read-flag',
  choices: ['full', 'partial', 'silent'],
  because: 'corso: may not surface; docs-contrib PR 9760: surfaces as an event with id and isRead',
});

/** With a filter, delta may speak of messages that the filter leaves out. */
export const DELTA_OUTSIDE_FILTER = unconfirmed({
  name: 'mail.delta-outside-filter',
  choices: [false, true],
  because: 'docs-contrib PR 9760: tracking is per folder, so removals come that do not match the filter',
});

/** The reason given for a message that moved to another folder. */
export const DELTA_MOVE_REASON = unconfirmed({
  name: 'mail.delta-move-reason',
  choices: ['deleted', 'changed'],
  because: 'samples show deleted; the overview says changed for what left the set',
});

/** Whether folder delta lists a folder of which only the counts changed. */
export const FOLDER_DELTA_COUNTS = unconfirmed({
  name: 'mail.folder-delta-counts',
  choices: [false, true],
  because: 'counts are properties of a folder, but no page says that they make it change',
});

/** Whether a folder answers PidTagLocalCommitTimeMax. */
export const FOLDER_COMMIT_TIME = unconfirmed({
  name: 'mail.folder-commit-time',
  choices: [false, true],
  because: '[MS-OXCFOLD] 2.2.2.2.1.14 has the property; whether Graph returns it is not said',
});

/** Whether a message answers PidTagMessageSize (0x0E08). */
export const MESSAGE_SIZE_TAG = unconfirmed({
  name: 'mail.message-size-tag',
  choices: [true, false],
  because: 'clients use it, no page names it',
});

export const FOLDER_NAMES_IGNORE_CASE = unconfirmed({
  name: 'mail.folder-names-ignore-case',
  choices: [false, true],
  because: 'whether two sibling folders may differ by case alone is not said',
});

/** How the id of an extended property comes back: as asked for, or in the shortest spelling. */
export const PROPERTY_ID_FORM = unconfirmed({
  name: 'mail.property-id-form',
  choices: ['asked', 'shortest'],
  because: 'samples show both 0x0E08 and 0xe08 in answers',
});

/** Whether an expanded item attachment holds its own attachments. */
export const EXPANDED_ITEM_ATTACHMENTS = unconfirmed({
  name: 'mail.expanded-item-attachments',
  choices: [true, false],
  because: 'corso test data has them, the attachment page does not mention them',
});

/** Whether creating a message that is no draft needs Mail-Advanced.ReadWrite.All from 2026-12-31. */
export const CREATE_SENT_NEEDS_ADVANCED = unconfirmed({
  name: 'mail.create-sent-needs-advanced',
  choices: [false, true],
  because: 'the announcement of 2026-03-24 speaks of updates only',
});
