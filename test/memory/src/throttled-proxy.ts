import type { Clock } from '@holdfast/kernel';
import { once } from 'node:events';
import { createServer, connect, type Server, type Socket } from 'node:net';

/** How long what may pass is counted together, in ms. */
const WINDOW_MS = 50;

/** Stands before a server and lets no more than a rate of bytes through to it; what comes back is not held up. TLS passes as it is. */
export class ThrottledProxy {
  readonly #sockets = new Set<Socket>();
  #bytesPerSecond = Infinity;
  #windowEndsAt = 0;
  #left = 0;
  #passed = 0;

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
    private readonly clock: Clock,
  ) {
    server.on('connection', (client) => this.#join(client));
  }

  static async start(targetPort: number, clock: Clock): Promise<ThrottledProxy> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ThrottledProxy(server, targetPort, clock);
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Bytes that went through to the server so far. */
  get passedBytes(): number {
    return this.#passed;
  }

  /** From now on; Infinity lets all through. */
  limit(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#left = 0;
    this.#windowEndsAt = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #join(client: Socket): void {
    const server = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      // Its partner learns by the close; there is nobody to tell.
      socket.on('error', () => undefined);
    }
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    server.pipe(client);
    this.#carry(client, server).catch(() => client.destroy());
  }

  async #carry(client: Socket, server: Socket): Promise<void> {
    // Its other half stays open for the answer.
    const pieces: AsyncIterable<Buffer> = client.iterator({ destroyOnReturn: false });
    for await (const piece of pieces) {
      await this.#room(piece.byteLength);
      this.#passed += piece.byteLength;
      if (!server.write(piece)) await once(server, 'drain');
    }
    server.end();
  }

  /** Waits until so many bytes may pass: a piece that is larger than a window takes several. */
  async #room(bytes: number): Promise<void> {
    for (let wanted = bytes; this.#bytesPerSecond !== Infinity && wanted > 0;) {
      const now = this.clock.now();
      if (now >= this.#windowEndsAt) {
        this.#windowEndsAt = now + WINDOW_MS;
        this.#left = (this.#bytesPerSecond * WINDOW_MS) / 1000;
      }
      const taken = Math.min(wanted, this.#left);
      this.#left -= taken;
      wanted -= taken;
      if (wanted > 0) await this.clock.sleep(Math.max(1, this.#windowEndsAt - now));
    }
  }
}
