import { unconfirmed } from '../core/switches.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The resource page says an hour, the content page a few minutes. In ms. */
export const DOWNLOAD_URL_LIFETIME = unconfirmed({
  name: 'drive.download-url-lifetime-ms',
  choices: [60 * MINUTE_MS, 5 * MINUTE_MS],
  because: 'driveItem resource page: 1 hour; driveitem-get-content page: a few minutes',
});

/** What a download URL gives after the file was edited. */
export const DOWNLOAD_URL_SHOWS = unconfirmed({
  name: 'drive.download-url-shows',
  choices: ['content-at-issue', 'content-now'],
  because: 'No page says whether a pre-authenticated URL is bound to the content it was made for',
});

export const RANGE_ANSWER = unconfirmed({
  name: 'drive.range-answer',
  choices: [206, 200],
  because:
    'driveitem-get-content: partial range downloads may not be supported, then the answer is 200 with everything',
});

export const MALWARE_ANSWER = unconfirmed({
  name: 'drive.malware-answer',
  choices: ['graph-refuses', 'content-host-refuses'],
  because: 'Clients report code malwareDetected and the header X-Virus-Infected; no page says which call answers what',
});

export const DELTA_LINK_FORM = unconfirmed({
  name: 'drive.delta-link-form',
  choices: ['query', 'function'],
  because: 'driveitem-delta shows both root/delta?token=… and root/delta(token=…)',
});

export const RESYNC_CODE = unconfirmed({
  name: 'drive.resync-code',
  choices: ['resyncChangesApplyDifferences', 'resyncChangesUploadDifferences'],
  because: 'driveitem-delta lists both; nothing says when which one comes',
});

/** In ms. */
export const DELTA_TOKEN_LIFETIME = unconfirmed({
  name: 'drive.delta-token-lifetime-ms',
  choices: [30 * DAY_MS, 365 * DAY_MS],
  because: 'Unpublished; onedrive-api-docs#231 says about 30 days, #1311 asks in vain',
});

export const DELTA_LISTS_DESCENDANTS = unconfirmed({
  name: 'drive.delta-lists-deleted-descendants',
  choices: [true, false],
  because: 'The pages say what a deleted item looks like, not whether what was below a deleted folder is listed too',
});

export const DELTA_REPEATS = unconfirmed({
  name: 'drive.delta-repeats-items',
  choices: [false, true],
  because: 'driveitem-delta: the same item may appear more than once, use the last; no page says how often and how old',
});

export const DELETED_BEARS_FACET = unconfirmed({
  name: 'drive.deleted-bears-facet',
  choices: [true, false],
  because: 'Samples of deleted items differ in whether a file or folder facet is there',
});

/** Bytes. */
export const SMALL_UPLOAD_LIMIT = unconfirmed({
  name: 'drive.small-upload-limit-bytes',
  choices: [250_000_000, 4 * 1024 * 1024],
  because: 'driveitem-put-content: 250 MB on the newest page, 4 MB on older ones',
});

export const SESSION_CONFLICT_AT = unconfirmed({
  name: 'drive.session-conflict-at',
  choices: ['creation', 'commit'],
  because: 'driveitem-createuploadsession shows nameAlreadyExists at the last fragment; nothing on the creation',
});

export const SHORTCUTS_NEED_FEATURE = unconfirmed({
  name: 'drive.shortcuts-need-feature',
  choices: [true, false],
  because:
    'onedrive-api-docs#1427 and #1781 miss shortcuts in delta and children; clients see them with Prefer: Include-Feature=AddToOneDrive; no page names it',
});

/** How a shortcut's target has to be named when it is made. */
export const SHORTCUT_TARGET = unconfirmed({
  name: 'drive.shortcut-target',
  choices: ['either', 'item', 'sharepoint-ids'],
  because:
    'The PnPjs sample names a library by sharepointIds, CIPP-API a library so and a folder by id and driveId; no page shows either',
});

/** Whether a file that was just written has no hash yet. */
export const HASH_COMES_LATE = unconfirmed({
  name: 'drive.hash-comes-late',
  choices: [false, true],
  because: 'hashes resource page: a hash may be missing; clients saw it on files just written',
});
