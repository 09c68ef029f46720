/** What the simulator's account of a change tells of a message. */
export interface ToldChange {
  readonly userId: string;
  readonly op?: unknown;
  readonly message?: unknown;
}

/** Which messages may have come back to a folder that they had left. */
export class ReturnedMessages {
  readonly #moved = new Set<string>();
  readonly #returned = new Set<string>();

  /** As `owner/message`. */
  get all(): ReadonlySet<string> {
    return this.#returned;
  }

  note({ userId, op, message }: ToldChange): void {
    if (typeof message !== 'string') return;
    const item = `${userId}/${message}`;
    const isAnotherMove = op === 'move' && this.#moved.has(item);
    if (op === 'move-and-return' || isAnotherMove) this.#returned.add(item);
    if (op === 'move') this.#moved.add(item);
  }
}
