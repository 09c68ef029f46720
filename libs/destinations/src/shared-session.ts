/** An open connection to a server, signed in. */
export interface Session {
  /** Whether it may keep the process from ending. */
  hold(isHeld: boolean): void;
  close(): void;
}

/** After so long without work a connection is closed: servers count them. */
const IDLE_MS = 30_000;

/** One session for many operations at once: opened when one is needed, again when it was lost, closed when none needs it. */
export class SharedSession<Opened extends Session> {
  #session: Promise<Opened> | undefined;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  /** `open` calls `onLost` when the session can be used no longer. */
  constructor(private readonly open: (onLost: () => void) => Promise<Opened>) {}

  async use<Result>(work: (session: Opened) => Promise<Result>): Promise<Result> {
    const session = await this.borrow();
    try {
      return await work(session);
    } finally {
      this.giveBack();
    }
  }

  /** For work that goes on after a call; every session that is borrowed has to be given back. */
  async borrow(): Promise<Opened> {
    this.#users += 1;
    clearTimeout(this.#idle);
    try {
      const session = await (this.#session ??= this.#opened());
      session.hold(true);
      return session;
    } catch (error) {
      this.giveBack();
      throw error;
    }
  }

  giveBack(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    const session = this.#session;
    session?.then((opened) => opened.hold(false)).catch(() => undefined);
    this.#idle = setTimeout(() => {
      this.#session = undefined;
      session?.then((opened) => opened.close()).catch(() => undefined);
    }, IDLE_MS).unref();
  }

  #opened(): Promise<Opened> {
    const forget = () => {
      if (this.#session === opened) this.#session = undefined;
    };
    const opened = this.open(forget);
    opened.catch(forget);
    return opened;
  }
}
