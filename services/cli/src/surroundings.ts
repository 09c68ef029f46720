import type { Readable, Writable } from 'node:stream';

/** All that the command touches besides the API, so that a test can stand in for a terminal. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder below which the profile is kept. */
  readonly home: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Has `restore` run before Ctrl+C or a signal ends the command, which it does all the same. Answers how to leave off. */
  beforeSignals(restore: () => void): () => void;
}
