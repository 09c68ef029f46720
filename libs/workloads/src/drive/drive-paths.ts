import { type BudgetDemand, SHAREPOINT_COST } from '@holdfast/graph';

/** What a request to a drive uses, in resource units. */
export function driveDemand(kind: keyof typeof SHAREPOINT_COST): BudgetDemand {
  return { bucket: 'sharepoint', cost: SHAREPOINT_COST[kind] };
}

/**
 * Sent with what reads a drive: without it delta and listings may leave out shortcuts to other drives. No page of Microsoft's names it;
 * see docs/decisions/0011-shortcuts-of-drives.md.
 */
export const DRIVE_PREFER: readonly string[] = ['Include-Feature=AddToOneDrive'];

/** Paths of one user's OneDrive below `/v1.0`. */
export class DrivePaths {
  readonly #drive: string;

  constructor(userId: string) {
    this.#drive = `/users/${encodeURIComponent(userId)}/drive`;
  }

  get root(): string {
    return `${this.#drive}/root`;
  }

  item(id: string): string {
    return `${this.#drive}/items/${encodeURIComponent(id)}`;
  }

  /** The thing of that name in a folder, as the start of a longer path when `suffix` follows. */
  child(folderId: string, name: string, suffix = ''): string {
    return `${this.item(folderId)}:/${encodeURIComponent(name)}${suffix === '' ? '' : `:${suffix}`}`;
  }
}
