import process from 'node:process';
import { environment } from '../config/read-config.js';

/**
 * Settings of the GNU C library's allocator. By default it moves to keeping freed buffers of up to 32 MiB in heaps that fragment:
 * with 50 tasks over 5 vaults a crawler then took 550 MiB instead of 375 (measured), for no less CPU.
 */
const MALLOC = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '2097152' };

/**
 * Settings of V8. Where it may take gigabytes it lets garbage grow to several times what is alive; below these limits it collects
 * sooner. A crawler with 65 MiB alive, reading one mailbox, took 323 MiB instead of 566, storage 187 instead of 413 (measured).
 */
const V8 = { '--max-old-space-size': '384', '--max-semi-space-size': '8' };

/**
 * Small Buffers are cut from pools, and one that is kept keeps its whole pool: of 64 KiB where Node decides, of which a crawler of 50 tasks held
 * 100 MiB for the sake of keys and records of some bytes (measured: 722 MiB, and 618 with pools of this size).
 */
const POOL_BYTES = 8 * 1024;

/**
 * Begins the process anew, as the same process, with these settings: they count only from a process's start, and a service is to keep
 * within its memory however it is launched. What the launcher sets itself, in NODE_OPTIONS or as flags, stays.
 */
function beginLean(): void {
  const given = environment();
  const flags = [...process.execArgv, given['NODE_OPTIONS'] ?? ''].join(' ');
  const missing = Object.entries(V8).filter(([name]) => !flags.includes(name));
  const isAllocatorSet = !isGnu() || Object.keys(MALLOC).some((name) => given[name] !== undefined);
  if (!process.execve || (missing.length === 0 && isAllocatorSet)) return;
  // Node calls it experimental; what it warns of is known here.
  process.removeAllListeners('warning').on('warning', () => undefined);
  const [, ...args] = process.argv;
  const options = [...process.execArgv, ...missing.map(([name, value]) => `${name}=${value}`)];
  process.execve(process.execPath, [process.execPath, ...options, ...args], { ...MALLOC, ...given });
}

function isGnu(): boolean {
  const { header } = process.report.getReport() as { readonly header: object };
  return 'glibcVersionRuntime' in header;
}

beginLean();
Buffer.poolSize = POOL_BYTES;
