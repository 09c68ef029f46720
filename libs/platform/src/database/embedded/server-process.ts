import { AppError, type Clock } from '@holdfast/kernel';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rename, stat } from 'node:fs/promises';
import type { Account } from './account.js';
import { readPostmaster } from './postmaster-file.js';

/** After a crash it first reads what was written since its last checkpoint. */
const START_MS = 10 * 60_000;
const STOP_MS = 30_000;
const MAX_LOG_BYTES = 8 * 1024 * 1024;

// The shell holds our pipe: when this process ends, however it ends, the pipe closes and the server shuts down.
const GUARD = `exec 3<&0
"$@" 3<&- </dev/null &
server=$!
{ cat <&3 >/dev/null; kill -INT "$server"; } 2>/dev/null &
guard=$!
exec 3<&-
wait "$server"
kill "$guard" 2>/dev/null`;

export interface ServerCommand {
  /** Path of the `postgres` program. */
  readonly program: string;
  readonly args: readonly string[];
  /** The data folder. */
  readonly cluster: string;
  /** Clears what a server that is gone has left. */
  readonly makeWay: () => Promise<void>;
  /** File that the server's own messages are added to. */
  readonly logFile: string;
  readonly account: Account | undefined;
  readonly clock: Clock;
}

/** A PostgreSQL server that lives as long as this process, at most. */
export class ServerProcess {
  /** Resolves when it is gone, whoever ended it. */
  readonly ended: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly command: ServerCommand,
  ) {
    this.ended = new Promise((done) => void child.once('exit', () => done()));
  }

  /** Resolves when the server takes connections; ends it where `signal` is aborted before that. */
  static async start(command: ServerCommand, signal?: AbortSignal): Promise<ServerProcess> {
    const { program, args, cluster, logFile, account, clock } = command;
    await command.makeWay();
    const size = await stat(logFile).then(
      (file) => file.size,
      () => 0,
    );
    if (size > MAX_LOG_BYTES) await rename(logFile, `${logFile}.old`);
    const log = await open(logFile, 'a');
    // Detached: a terminal's Ctrl-C goes to the whole group, and the server has to outlive the services.
    const child = spawn('/bin/sh', ['-c', GUARD, 'sh', program, '-D', cluster, ...args], {
      ...account,
      cwd: cluster,
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
    });
    const server = new ServerProcess(child, command);
    child.unref();
    const begun = once(child, 'spawn').catch((cause: unknown) => {
      throw new AppError(
        'DEPENDENCY_UNAVAILABLE',
        `PostgreSQL could not be started in ${cluster}. Is the disk of that folder there?`,
        { cause },
      );
    });
    await Promise.all([begun, log.close()]);
    const until = clock.now() + START_MS;
    while (!(await readPostmaster(cluster))?.isReady) {
      if (child.exitCode !== null || clock.now() > until || signal?.aborted === true) {
        await server.stop();
        throw new AppError('DEPENDENCY_UNAVAILABLE', `PostgreSQL did not start; its messages are in ${logFile}.`);
      }
      await clock.sleep(20);
    }
    return server;
  }

  /** Ends all connections and resolves when the server has written everything and is gone. Safe to call twice. */
  async stop(): Promise<void> {
    const { child, command } = this;
    child.ref();
    child.stdin?.end();
    if (child.exitCode !== null || child.signalCode !== null) return;
    const late = new AbortController();
    const isGone = await Promise.race([
      once(child, 'exit').then(() => true),
      command.clock.sleep(STOP_MS, late.signal).then(
        () => false,
        () => true,
      ),
    ]);
    late.abort();
    const postmaster = isGone ? undefined : await readPostmaster(command.cluster);
    if (postmaster) process.kill(postmaster.pid, 'SIGQUIT');
  }
}
