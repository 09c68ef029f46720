import { isAppError } from '@holdfast/kernel';
import { describeError } from '../logging/redact.js';
import type { Logger } from '../logging/logger.js';

/** What {@link runMain} needs of a service, or of several. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * The body of a `main.ts`: starts, and on SIGTERM or SIGINT stops in order and ends the process; a second signal ends it at once.
 * A wrong setting is printed as a text for the person who set it, anything else as a log line; both end with status 1.
 * @param start may end with the signal's reason when it is told to stop before it has started
 */
export async function runMain(start: (stopped: AbortSignal) => Promise<Closable>, logger?: Logger): Promise<void> {
  const stopped = new AbortController();
  const running = start(stopped.signal);
  const stop = () => {
    if (stopped.signal.aborted) process.exit(1);
    stopped.abort();
    running
      .then((service) => service.close())
      .then(
        () => process.exit(0),
        (error: unknown) => fail(error, logger),
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    await running;
  } catch (error) {
    if (stopped.signal.aborted && error === stopped.signal.reason) process.exit(0);
    fail(error, logger);
  }
}

function fail(error: unknown, logger: Logger | undefined): never {
  if (isAppError(error)) process.stderr.write(`${error.message}\n`);
  else if (logger) logger.error('The service could not go on', { error });
  else process.stderr.write(`${JSON.stringify(describeError(error))}\n`);
  process.exit(1);
}
