import { type LogRow, logTree } from '../trees/log-tree.js';
import type { TreeContext } from '../trees/merkle-tree.js';
import type { TreeRoot } from '../trees/tree-root.js';

/** Rows held before they go into the vault. */
const BUFFER_ROWS = 500;

/** The log of a task while it grows: rows in the order in which they came. */
export class DraftLog {
  #newRows: LogRow[] = [];

  constructor(
    private readonly context: TreeContext,
    /** What an earlier holder of the task wrote. */
    private root: TreeRoot | undefined,
  ) {}

  /** Whether there are now so many that they should be written. */
  add(row: LogRow): boolean {
    return this.#newRows.push(row) >= BUFFER_ROWS;
  }

  /** All rows so far. Not while another call is under way; durable only after the store's flush. */
  async write(): Promise<TreeRoot | undefined> {
    const rows = this.#newRows;
    this.#newRows = [];
    if (rows.length === 0) return this.root;
    this.root = await logTree(this.context).edit(this.root, numbered(rows, this.root?.entries ?? 0));
    return this.root;
  }
}

async function* numbered(rows: readonly LogRow[], first: number): AsyncGenerator<[number, LogRow]> {
  for (const [at, row] of rows.entries()) yield [first + at, row];
}
