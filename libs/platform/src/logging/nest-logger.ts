import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Lets Nest's own lines go through our logger; what Nest says about starting up is only of interest for debugging. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug(String(message), from(rest));
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug(String(message), from(rest));
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.debug(String(message), from(rest));
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.warn(String(message), from(rest));
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.error(message instanceof Error ? 'The framework reports an error' : String(message), {
      ...(message instanceof Error ? { error: message } : {}),
      ...from(rest),
    });
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.error(message, ...rest);
  }
}

/** Nest passes the name of the part that speaks as the last argument. */
function from(rest: readonly unknown[]): { part?: string } {
  const part = rest.at(-1);
  return typeof part === 'string' ? { part } : {};
}
