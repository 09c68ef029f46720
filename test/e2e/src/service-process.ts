import { SystemClock } from '@holdfast/kernel';
import type { ServiceName } from '@holdfast/platform';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join, resolve } from 'node:path';

const services = resolve(import.meta.dirname, '../../../services');
const STOP_WITHIN_MS = 15_000;
const READY_WITHIN_MS = 60_000;
const START_AGAIN_MS = 300;
const ASK_AGAIN_MS = 100;

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export interface ServiceProcessOptions {
  readonly service: ServiceName;
  /** Among the processes of the service, from 0. */
  readonly copy: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Takes what it writes. */
  readonly logFile: string;
  /** For probes. */
  readonly healthPort: number;
}

/** One process of a service. Whenever it ends without being asked to it is started again, as an orchestrator does. */
export class ServiceProcess {
  readonly #clock = new SystemClock();
  readonly #stopping = new AbortController();
  /** Exits that nobody caused from outside: the status or signal of each. */
  readonly exits: string[] = [];
  #environment: ServiceProcessOptions['environment'];
  #child: ChildProcess;
  /** Its next end is wanted. */
  #isEnding = false;

  constructor(private readonly options: ServiceProcessOptions) {
    this.#environment = options.environment;
    this.#child = this.#spawn();
  }

  get service(): ServiceName {
    return this.options.service;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** As in `crawler-1`. */
  get name(): string {
    return `${this.options.service}-${this.options.copy}`;
  }

  /** Ends it at once; it comes back by itself. */
  kill(): void {
    this.#isEnding = true;
    this.#child.kill('SIGKILL');
  }

  /** Has it stop in order and start again with some settings changed, as a rollout does; resolves when it is ready. */
  async rollOut(settings: Readonly<Record<string, string>>): Promise<void> {
    this.#environment = { ...this.#environment, ...settings };
    this.#isEnding = true;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
    if (!(await this.becomesReady(READY_WITHIN_MS))) throw new Error(`${this.name} does not become ready.`);
  }

  /** Stops it where it is. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Whether it calls itself ready, as a probe sees it, which has no certificate. */
  async isReady(): Promise<boolean> {
    const url = `http://127.0.0.1:${this.options.healthPort}/health/ready`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(STOP_WITHIN_MS) }).catch(() => undefined);
    return answer?.status === 200;
  }

  /** Whether it becomes ready in time. */
  async becomesReady(withinMs: number): Promise<boolean> {
    const giveUpAt = this.#clock.now() + withinMs;
    while (this.#clock.now() < giveUpAt) {
      if (await this.isReady()) return true;
      await this.#clock.sleep(ASK_AGAIN_MS);
    }
    return false;
  }

  /** Has it stop in order; ends it hard when it does not in time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.resume();
    this.#child.kill('SIGTERM');
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    await closed;
    clearTimeout(hard);
  }

  #spawn(): ChildProcess {
    const { service, logFile } = this.options;
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, [join(services, service, 'dist/main.js')], {
      stdio: ['ignore', log, log],
      env: this.#environment,
    });
    running.add(child);
    child.once('close', () => running.delete(child));
    child.once('close', (status, signal) => void this.#ended(String(status ?? signal)));
    return child;
  }

  async #ended(how: string): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    if (!this.#isEnding) this.exits.push(how);
    this.#isEnding = false;
    try {
      await this.#clock.sleep(START_AGAIN_MS, this.#stopping.signal);
      this.#child = this.#spawn();
    } catch {
      // It is to stop.
    }
  }
}
