import { SystemClock } from '@holdfast/kernel';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { GenericContainer, getContainerRuntimeClient, Network, type StartedNetwork } from 'testcontainers';
import { freePort } from '../free-port.js';

const SCRIPTS = resolve(import.meta.dirname, '../../servers');
const READY_WITHIN_MS = 90_000;
const TRY_AGAIN_MS = 100;

/** What a server's container is made from. */
export interface ServerPlan {
  readonly image: string;
  readonly command: readonly [string, ...string[]];
  /** Of `libs/testkit/servers`, put into the container's root folder; the command runs it. */
  readonly script?: string;
  readonly port: number;
  /** Resolves when the server at this port of 127.0.0.1 answers, and rejects otherwise. */
  readonly ask: (port: number) => Promise<void>;
  /** Folders and files of this machine, by where they stand in the container. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Why tests with containers cannot run here, for `describeWithServer`; undefined when they can. */
export function missingDocker(): string | undefined {
  const { status } = spawnSync('docker', ['version'], { stdio: 'ignore', timeout: 10_000 });
  return status === 0 ? undefined : 'no Docker engine; `eval "$(.ci/servers start DIR docker)"` starts one';
}

/** What this process has started: none of it outlives the process. */
const running = new Set<string>();
process.once('exit', () => {
  if (running.size > 0) spawnSync('docker', ['rm', '--force', '--volumes', ...running], { stdio: 'ignore' });
});

type Container = ReturnType<Awaited<ReturnType<typeof getContainerRuntimeClient>>['container']['getById']>;

/**
 * A real server in a container and a network of its own, which can be killed, stopped in its tracks and cut off. Its port on
 * 127.0.0.1 and its files stay the same through all of that.
 */
export class ServerContainer {
  private constructor(
    readonly port: number,
    private readonly plan: ServerPlan,
    private readonly container: Container,
    private readonly network: StartedNetwork,
  ) {}

  static async start(plan: ServerPlan): Promise<ServerContainer> {
    const network = await new Network().start();
    try {
      const host = await freePort();
      const [program, ...args] = plan.command;
      const container = new GenericContainer(plan.image)
        .withEntrypoint([program])
        .withCommand(args)
        .withEnvironment({ ...plan.environment })
        .withNetwork(network)
        .withBindMounts(Object.entries(plan.folders ?? {}).map(([target, source]) => ({ source, target })))
        .withExposedPorts({ container: plan.port, host });
      if (plan.script !== undefined)
        container.withCopyFilesToContainer([
          { source: resolve(SCRIPTS, plan.script), target: `/${plan.script}`, mode: 0o755 },
        ]);
      const id = (await container.start()).getId();
      running.add(id);
      const client = await getContainerRuntimeClient();
      const server = new ServerContainer(host, plan, client.container.getById(id), network);
      await server.#untilReady();
      return server;
    } catch (error) {
      await network.stop().catch(() => undefined);
      throw error;
    }
  }

  /** Ends it, at once as a crash does, or as another signal asks it to; resolves when it has ended. */
  async kill(signal: 'SIGKILL' | 'SIGINT' | 'SIGQUIT' = 'SIGKILL'): Promise<void> {
    await this.container.kill({ signal });
    await this.container.wait();
  }

  /** Starts it again with the files that it left; resolves when it answers. */
  async revive(): Promise<void> {
    await this.container.start();
    await this.#untilReady();
  }

  /** Starts it again where it has ended by itself, as whatever looks after containers does; resolves when it answers. */
  async raise(): Promise<void> {
    const { State } = await this.container.inspect();
    if (!State.Running) await this.container.start();
    await this.#untilReady();
  }

  /** How many lines of what it has said since it was made hold some words. */
  async timesSaid(words: string): Promise<number> {
    const said = await this.container.logs({ stdout: true, stderr: true });
    return said.toString('utf8').split(words).length - 1;
  }

  /** Stops all its processes where they are. */
  async pause(): Promise<void> {
    await this.container.pause();
  }

  async resume(): Promise<void> {
    await this.container.unpause();
  }

  /** Takes it off the network: nothing comes in or goes out, and nobody is told. */
  async disconnect(): Promise<void> {
    const { network } = await getContainerRuntimeClient();
    await network.getById(this.network.getId()).disconnect({ Container: this.container.id, Force: true });
  }

  async connect(): Promise<void> {
    const { network } = await getContainerRuntimeClient();
    await network.getById(this.network.getId()).connect({ Container: this.container.id });
    await this.#untilReady();
  }

  /** Runs a command in it; answers what it wrote. */
  async exec(...command: string[]): Promise<string> {
    const client = await getContainerRuntimeClient();
    const { output, exitCode } = await client.container.exec(this.container, command);
    if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${output}`);
    return output;
  }

  /** Removes it and its files. */
  async stop(): Promise<void> {
    running.delete(this.container.id);
    await this.container.remove({ force: true, v: true });
    await this.network.stop();
  }

  async #untilReady(): Promise<void> {
    const clock = new SystemClock();
    const giveUpAt = clock.now() + READY_WITHIN_MS;
    for (;;) {
      try {
        await this.plan.ask(this.port);
        return;
      } catch (cause) {
        if (clock.now() > giveUpAt) throw new Error(`${this.plan.image} does not answer`, { cause });
        await clock.sleep(TRY_AGAIN_MS);
      }
    }
  }
}
