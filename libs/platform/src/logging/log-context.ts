import { AsyncLocalStorage } from 'node:async_hooks';

/** The ids that lead from a log line to the work it belongs to. */
export interface LogContext {
  readonly tenant?: string;
  readonly job?: string;
  readonly task?: string;
  readonly resource?: string;
  readonly call?: string;
}

const current = new AsyncLocalStorage<LogContext>();

/** Runs `work` so that each line logged within bears these ids, together with those that are there already. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return current.run({ ...current.getStore(), ...context }, work);
}

/** The ids that lines logged here bear. */
export function logContext(): LogContext {
  return current.getStore() ?? {};
}
