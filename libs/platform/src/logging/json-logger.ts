import { type DestinationStream as LogStream, type Logger as Pino, pino, stdTimeFunctions } from 'pino';
import { logContext } from './log-context.js';
import { traceOfLine } from '../telemetry/work-context.js';
import { type LogFields, Logger } from './logger.js';
import { redact } from './redact.js';

export type { LogStream };

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  /** Stands in each line as `service`. */
  readonly service: string;
  readonly level?: LogLevel;
  /** Takes the lines; standard output when absent. */
  readonly to?: LogStream;
}

/** One JSON object a line: time, level, service, message, the ids of {@link logContext} and of the trace, redacted fields. */
class JsonLogger extends Logger {
  constructor(private readonly pino: Pino) {
    super();
  }

  override debug(message: string, fields: LogFields = {}): void {
    this.pino.debug(fields, message);
  }

  override info(message: string, fields: LogFields = {}): void {
    this.pino.info(fields, message);
  }

  override warn(message: string, fields: LogFields = {}): void {
    this.pino.warn(fields, message);
  }

  override error(message: string, fields: LogFields = {}): void {
    this.pino.error(fields, message);
  }

  override with(fields: LogFields): Logger {
    return new JsonLogger(this.pino.child(redact(fields) as Record<string, unknown>));
  }
}

/** The logger of one service. */
export function createLogger({ service, level = 'info', to }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    mixin: () => ({ ...logContext(), ...traceOfLine() }),
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redact(fields) as Record<string, unknown>,
    },
  };
  return new JsonLogger(to === undefined ? pino(options) : pino(options, to));
}
