/** What one task may hold of that which all tasks of a process hold together. */
export interface TaskShare {
  /** Bytes of changes before they are sealed. */
  readonly changeBytes: number;
  /** Changes that were listed and wait for those before them. */
  readonly waiting: number;
  /** Items that are read or on their way into the vault. */
  readonly openItems: number;
  /** Contents that Microsoft is sending, where the reader allows as many. */
  readonly arriving: number;
}

/** Of one task, and of a whole process: from so many tasks on each has less. */
const WAITING = { task: 100, process: 800, least: 16 };
const OPEN_ITEMS = { task: 32, process: 256, least: 4 };
const ARRIVING = { task: 8, process: 128, least: 2 };

/** The share of each of `tasks`; `changeBytes` are those of all. */
export function taskShare(tasks: number, changeBytes: number): TaskShare {
  const share = ({ task, process, least }: typeof WAITING) =>
    Math.min(task, Math.max(least, Math.floor(process / tasks)));
  return {
    changeBytes: Math.floor(changeBytes / tasks),
    waiting: share(WAITING),
    openItems: share(OPEN_ITEMS),
    arriving: share(ARRIVING),
  };
}
