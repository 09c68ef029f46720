import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** How a wire treats what is on it. */
type Mode = 'flows' | 'cut' | 'hushed';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** A TCP connection's way from one process to a port of this machine, which can be damaged. */
export class Wire {
  readonly #pairs = new Set<Pair>();
  readonly #stranded = new Set<Pair>();
  #mode: Mode = 'flows';

  private constructor(
    private readonly server: Server,
    private readonly target: number,
  ) {
    server.on('connection', (near) => this.#join(near));
  }

  static async to(target: number): Promise<Wire> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Wire(server, target);
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Resets what is open and refuses what comes. */
  cut(): void {
    this.#mode = 'cut';
    this.#dropAll();
  }

  /** Nothing gets through, and nobody is told: as when packets are lost. What was on its way comes when it is mended. */
  hush(): void {
    this.#mode = 'hushed';
    for (const { near, far } of this.#pairs) silence(near, far);
  }

  /** What is open now stays silent for ever, and nobody is told; new connections are as good as any. */
  strand(): void {
    for (const pair of this.#pairs) {
      silence(pair.near, pair.far);
      this.#stranded.add(pair);
      this.#pairs.delete(pair);
    }
  }

  mend(): void {
    if (this.#mode === 'hushed') for (const { near, far } of this.#pairs) join(near, far);
    this.#mode = 'flows';
  }

  close(): void {
    this.server.close();
    this.#dropAll();
    for (const { near } of this.#stranded) near.destroy();
  }

  #dropAll(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
    this.#pairs.clear();
  }

  #join(near: Socket): void {
    if (this.#mode === 'cut') {
      near.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const far = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    const pair = { near, far };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on('error', end).on('close', end);
    far.on('error', () => (near.destroyed ? end() : near.resetAndDestroy())).on('close', end);
    if (this.#mode === 'flows') join(near, far);
  }
}

function join(near: Socket, far: Socket): void {
  near.pipe(far);
  far.pipe(near);
}

function silence(near: Socket, far: Socket): void {
  near.unpipe(far).pause();
  far.unpipe(near).pause();
}
