#!/usr/bin/env node
import { homedir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { run } from './program.js';

// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: The output cannot be written (${code ?? 'unknown cause'}).\n`);
  process.exit(1);
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  home: homedir(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: () => Date.now(),
  sleep: async (ms) => setTimeout(ms),
  beforeSignals,
});

function beforeSignals(restore: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const leaveOff = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    leaveOff();
    restore();
    // Without a listener the signal does what it always does, and whoever called sees its exit code.
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return leaveOff;
}
