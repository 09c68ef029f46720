import type { Logger } from '../../logging/logger.js';
import { ServerProcess, type ServerCommand } from './server-process.js';

/** The pause before an ended server is started again; longer after each try that fails, for its disk may be full for hours. */
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
    for (;;) {
      await this.server.ended;
      if (this.#stopping.signal.aborted) return;
      this.logger.error('PostgreSQL ended by itself and is started again. Why it ended stands in its messages.', {
        messages: this.command.logFile,
      });
      await this.#startAgain();
    }
  }

  async #startAgain(): Promise<void> {
    const { clock } = this.command;
    const { signal } = this.#stopping;
    const isStopping = () => signal.aborted;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      if (isStopping()) return;
      try {
        this.server = await ServerProcess.start(this.command, signal);
        this.logger.warn('PostgreSQL runs again.');
        // It came up at the moment that it was told to end.
        if (isStopping()) await this.server.stop();
        return;
      } catch (error) {
        if (isStopping()) return;
        this.logger.error('PostgreSQL could not be started again; it is tried further. Is its disk full?', {
          messages: this.command.logFile,
          error,
        });
      }
    }
  }
}
