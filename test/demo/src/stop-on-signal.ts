/**
 * The first signal ends the system, also one that is still starting, and then this process; the second waits for nothing. Resolves
 * at the first.
 */
export function stopOnSignal(starting: Promise<{ close(): Promise<void> }>): Promise<void> {
  return new Promise((resolve_) => {
    let isStopping = false;
    const stop = () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      resolve_();
      const stopped = starting.then((system) => system.close());
      void stopped.catch(() => undefined).finally(() => process.exit());
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
