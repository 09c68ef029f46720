import type { Clock } from '@holdfast/kernel';
import { readFile } from 'node:fs/promises';
import type { Phase, Recording, Sample } from './recording.js';

const EVERY_MS = 1_000;

/** A process as it is watched. */
export interface Watched {
  readonly name: string;
  readonly pid: number;
}

/** Reads the resident memory of processes once a second from /proc (Linux), from its making until {@link stop}. */
export class Sampler {
  readonly #startedAt: number;
  readonly #samples = new Map<string, Sample[]>();
  readonly #phases: Phase[] = [];
  /** Phases that have not ended. */
  readonly #open = new Set<Omit<Phase, 'toMs'>>();
  readonly #ended = new AbortController();
  readonly #sampling: Promise<void>;

  constructor(
    private readonly watched: readonly Watched[],
    private readonly clock: Clock,
  ) {
    this.#startedAt = clock.now();
    this.#sampling = this.#sample();
    // Told by `stop`; a run that fails has closed the processes before.
    this.#sampling.catch(() => undefined);
  }

  /** Does the work as a phase of that name. */
  async phase<Result>(name: string, work: () => Promise<Result>, items?: number): Promise<Result> {
    const phase = { name, fromMs: this.#elapsed(), ...(items !== undefined && { items }) };
    this.#open.add(phase);
    try {
      return await work();
    } finally {
      this.#open.delete(phase);
      this.#phases.push({ ...phase, toMs: this.#elapsed() });
    }
  }

  /** Ends the sampling, in the middle of a phase as well: it then tells nothing by item. The processes have to be running still. */
  async stop(): Promise<Recording> {
    this.#ended.abort();
    await this.#sampling;
    const series = await Promise.all(
      this.watched.map(async ({ name, pid }) => {
        const { peakMib } = await residentOf(pid);
        return { name, samples: this.#samples.get(name) ?? [], peakMib };
      }),
    );
    const toMs = this.#elapsed();
    const brokenOff = [...this.#open].map(({ name, fromMs }) => ({ name: `${name} (broken off)`, fromMs, toMs }));
    return { series, phases: [...this.#phases, ...brokenOff] };
  }

  async #sample(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      for (const { name, pid } of this.watched) {
        const { mib } = await residentOf(pid);
        const samples = this.#samples.get(name) ?? [];
        this.#samples.set(name, samples);
        samples.push({ atMs: this.#elapsed(), mib });
      }
      await this.clock.sleep(EVERY_MS, this.#ended.signal).catch(() => undefined);
    }
  }

  #elapsed(): number {
    return this.clock.now() - this.#startedAt;
  }
}

async function residentOf(pid: number): Promise<{ readonly mib: number; readonly peakMib: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, now] = /VmRSS:\s+(\d+) kB/.exec(status) ?? [];
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
  if (now === undefined || peak === undefined) throw new Error(`Process ${pid} has ended while it was watched.`);
  return { mib: Number(now) / 1024, peakMib: Number(peak) / 1024 };
}
