import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type TimedProcess, timedProcess } from '../timed-process.js';
import { type ChangedCorpus, whileChanged } from './changed-corpus.js';
import type { PeerRun } from './restic.js';
import { type WrittenVault, writtenVault } from './written-vault.js';

const PROGRAMS = {
  write: new URL('./write-vault.js', import.meta.url),
  restore: new URL('./restore-vault.js', import.meta.url),
  verify: new URL('./verify-vault.js', import.meta.url),
} as const;

const restored = z.object({ items: z.number(), bytes: z.number() });

/** A restore that writes nothing, in one thread: what reading and proving costs a core. */
export interface SinkRead {
  readonly took: TimedProcess;
  readonly bytes: number;
}

export interface OurRun extends PeerRun {
  readonly mailToSink: SinkRead;
  readonly filesToSink: SinkRead;
}

/** A first backup into a new vault, its restore into a folder and to nowhere, its check, and the backup of a change. */
export async function runOnce(corpus: ChangedCorpus, work: string): Promise<OurRun> {
  const [vault, state, target] = [join(work, 'vault'), join(work, 'state.json'), join(work, 'restored')];
  await rm(work, { recursive: true, force: true });
  await promisify(execFile)('mkdir', ['-p', target]);
  await promisify(execFile)('sync');
  const into = ['--corpus', corpus.folder, '--vault', vault, '--threads', '2', '--state', state];
  const backup = await program('write', into);
  const { storedBytes, items } = writtenVault.parse(JSON.parse(backup.stdout));
  const restore = await program('restore', ['--state', state, '--to', target]);
  const back = restored.parse(JSON.parse(restore.stdout));
  if (back.items !== items) throw new Error(`${items} items were written and ${back.items} restored.`);
  const verify = await program('verify', ['--state', state]);
  const [mailToSink, filesToSink] = [await toSink(state, '.eml'), await toSink(state, '/office/')];
  const change = await whileChanged(corpus, () => program('write', [...into, '--changes', corpus.list]));
  await rm(work, { recursive: true, force: true });
  return { backup, change, restore, verify, storedBytes, mailToSink, filesToSink };
}

async function toSink(state: string, only: string): Promise<SinkRead> {
  const took = await program('restore', ['--state', state, '--only', only, '--threads', '0']);
  return { took, bytes: restored.parse(JSON.parse(took.stdout)).bytes };
}

/** Many tasks over several vaults. */
export async function writeCrowd(corpus: string, vault: string): Promise<WrittenVault> {
  const sizes = ['--threads', '2', '--vaults', '5', '--tasks', '50', '--contents', '32'];
  const took = await program('write', ['--corpus', corpus, '--vault', vault, ...sizes]);
  await rm(vault, { recursive: true, force: true });
  return writtenVault.parse(JSON.parse(took.stdout));
}

function program(name: keyof typeof PROGRAMS, args: readonly string[]): Promise<TimedProcess> {
  return timedProcess(process.execPath, [...process.execArgv, fileURLToPath(PROGRAMS[name]), ...args]);
}
