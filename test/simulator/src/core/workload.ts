import type { Rng } from './rng.js';
import type { Route } from './route.js';
import type { SimTenant, SimUser } from './tenant.js';

/** How much a seeded tenant holds. Counts are per user. */
export interface Population {
  readonly messages: number;
  readonly files: number;
  /** KiB of a message on average, about; 48 when absent. */
  readonly messageKib?: number | undefined;
  /** All messages short texts in the inbox, all files noise in one folder: for measurements in which only the number counts. */
  readonly isPlain?: boolean | undefined;
  /** KiB of a file of a plain drive on average; 1 when absent. */
  readonly fileKib?: number | undefined;
}

/**
 * One line of a dump: what a backup would have to bring back. Canonical: equal models give equal lines, keys in a fixed order.
 * `key` is unique per user and kind, and survives a restore (so never a server-made id that a restore cannot keep).
 */
export interface DumpEntry {
  readonly tenantId: string;
  readonly userId: string;
  /** `folder`, `message`, `driveItem` … */
  readonly kind: string;
  /** The server's id now. */
  readonly id: string;
  readonly key: string;
  /** SHA-256 in hexadecimal of the content (MIME parts, file bytes); absent for folders. */
  readonly contentHash?: string;
  /** Everything else that a user would notice, by field name. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How much a user has of a workload, as usage reports count it. */
export interface Usage {
  /** Messages, or files. */
  readonly items: number;
  readonly bytes: number;
}

/** What a change did, for the control API's answer. */
export type ChangeReport = Readonly<Record<string, unknown>>;

/**
 * One workload of the simulator, as the core sees it. `src/workloads.ts` lists them: `mailWorkload` of
 * `src/mail/mail-workload.ts` and `driveWorkload` of `src/drive/drive-workload.ts`.
 */
export interface SimWorkload {
  readonly name: 'mail' | 'drive';
  readonly routes: readonly Route[];
  /** Makes the seeded content of a user that was just added. Content is a plan, made into bytes only when asked for. */
  addUser(tenant: SimTenant, user: SimUser, population: Population): void;
  /** Forgets a user that was removed. */
  removeUser(tenant: SimTenant, userId: string): void;
  /** Performs one operation of the control API (`POST /tenants/{id}/mutate`), which names the workload and user; 400 ApiError when it makes no sense. */
  mutate(tenant: SimTenant, op: Readonly<Record<string, unknown>>): Promise<ChangeReport>;
  /** Lets one seeded, plausible thing happen to one user: an arrival, an edit, a move, a deletion … */
  live(tenant: SimTenant, user: SimUser, rng: Rng): ChangeReport;
  /** An attacker: deletes and overwrites about `share` (0 to 1) of the user's things. */
  destroy(tenant: SimTenant, user: SimUser, rng: Rng, share: number): ChangeReport;
  /** Undefined for a user who has none of it. Makes every content: costs what a dump costs. */
  usage(tenant: SimTenant, userId: string): Usage | undefined;
  /** The user's model, in a fixed order. */
  dump(tenant: SimTenant, userId: string): Iterable<DumpEntry> | AsyncIterable<DumpEntry>;
}
