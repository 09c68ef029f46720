import type { Logger } from '../../logging/logger.js';
import { ServerProcess, type ServerCommand } from './server-process.js';

/** The pause before an ended server is started again; longer each time until it has stayed for a while, for its disk may be full for hours. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** A PostgreSQL server that is started again where it ends by itself: somebody killed it, or it had no room left to recover in. */
export class KeptServer {
  readonly #stopping = new AbortController();
  readonly #kept: Promise<void>;

  private constructor(
    private server: ServerProcess,
    private readonly command: ServerCommand,
    private readonly logger: Logger,
  ) {
    this.#kept = this.#keep();
  }

  /** Resolves when the server takes connections; one that cannot be started the first time is nobody's to keep. */
  static async start(command: ServerCommand, logger: Logger): Promise<KeptServer> {
    return new KeptServer(await ServerProcess.start(command), command, logger);
  }

  /** Ends it for good. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.server.stop();
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { clock, logFile: messages } = this.command;
    const { signal } = this.#stopping;
    for (let pauseMs = FIRST_PAUSE_MS; ;) {
      const upAt = clock.now();
      await this.server.ended;
      if (signal.aborted) return;
      if (clock.now() - upAt > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
      this.logger.error('PostgreSQL ended by itself and is started again. Why it ended stands in its messages.', {
        messages,
      });
      do {
        await clock.sleep(pauseMs, signal).catch(() => undefined);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      } while (!this.#isStopping() && !(await this.#startAgain()));
    }
  }

  /** Whether it runs. */
  async #startAgain(): Promise<boolean> {
    try {
      this.server = await ServerProcess.start(this.command, this.#stopping.signal);
    } catch (error) {
      if (!this.#isStopping())
        this.logger.error('PostgreSQL could not be started again; it is tried further. Is its disk full?', {
          messages: this.command.logFile,
          error,
        });
      return false;
    }
    // It came up at the moment that it was told to end.
    if (this.#isStopping()) await this.server.stop();
    else this.logger.warn('PostgreSQL runs again.');
    return true;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}
