import { type Session } from './shared-session.js';

/** Sessions that are kept for later work. */
const IDLE_MS = 30_000;

interface Idle<Opened> {
  readonly session: Opened;
  readonly timer: NodeJS.Timeout;
}

/** Sessions that do one thing at a time: a few, opened when needed, kept for a while when not. Who finds none waits for one. */
export class SessionPool<Opened extends Session> {
  readonly #idle: Idle<Opened>[] = [];
  readonly #waiting: (() => void)[] = [];
  #lent = 0;

  constructor(
    private readonly open: () => Promise<Opened>,
    private readonly maxSessions: number,
  ) {}

  /** Every session has to be given back, or dropped. */
  async borrow(): Promise<Opened> {
    while (this.#lent >= this.maxSessions) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#lent += 1;
    const kept = this.#idle.pop();
    if (kept) {
      clearTimeout(kept.timer);
      kept.session.hold(true);
      return kept.session;
    }
    try {
      return await this.open();
    } catch (error) {
      this.#returned();
      throw error;
    }
  }

  giveBack(session: Opened): void {
    session.hold(false);
    const timer = setTimeout(() => this.#forget(session), IDLE_MS).unref();
    this.#idle.push({ session, timer });
    this.#returned();
  }

  /** For a session in a state that nobody knows. */
  drop(session: Opened): void {
    session.close();
    this.#returned();
  }

  #returned(): void {
    this.#lent -= 1;
    this.#waiting.shift()?.();
  }

  #forget(session: Opened): void {
    const at = this.#idle.findIndex((one) => one.session === session);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    session.close();
  }
}
