/** What a log line says besides its message: ids, counts, codes; `error` is written with its code, stack and causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines. Messages are constant sentences; everything that varies is a field. */
export abstract class Logger {
  abstract debug(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  abstract error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each line. */
  abstract with(fields: LogFields): Logger;
}

/** Says nothing. */
export class SilentLogger extends Logger {
  override debug(): void {}
  override info(): void {}
  override warn(): void {}
  override error(): void {}
  override with(): Logger {
    return this;
  }
}
