import { Server } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { AppError } from '@holdfast/kernel';
import { ServerGrpc } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { type Contract, loadContract } from './contract.js';
import { grpcServerSpans } from '../telemetry/grpc-server-spans.js';
import { addressTaken } from '../service/address-taken.js';
import { MAX_SOCKET_PATH } from '../unix-sockets.js';
import type { ServiceIdentity } from './identity.js';
import { MESSAGE_LIMIT } from './message-limit.js';
import { subscribeFor } from './stream-of.js';

/**
 * Milliseconds that a connection lasts before its client makes another, when its calls have ended: an old certificate is good for no
 * longer than that after it was replaced or has ended.
 */
const CONNECTION_MS = 3_600_000;

export interface GrpcServerOptions {
  /** `unix:/absolute/path` or `host:port`; port 0 takes a free one. */
  readonly listen: string;
  readonly contracts: readonly Contract[];
  readonly identity: ServiceIdentity;
}

/** Nest's gRPC server with the standard health service and backpressure for `streamOf`. It binds when it can answer. */
export class GrpcServer extends ServerGrpc {
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING' });
  readonly #server = new Server({
    ...MESSAGE_LIMIT,
    'grpc.max_connection_age_ms': CONNECTION_MS,
    interceptors: [grpcServerSpans],
  });
  #port = 0;

  constructor(private readonly settings: GrpcServerOptions) {
    super({
      package: settings.contracts.map((contract) => contract.packageName),
      packageDefinition: Object.assign({}, ...settings.contracts.map(loadContract)) as PackageDefinition,
    });
  }

  /** Where clients reach it. */
  get address(): string {
    return this.settings.listen.replace(/:0$/, `:${this.#port}`);
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.grpcClient = this.#server;
      this.#health.addToServer(this.#server);
      await this.bindEvents();
      await makeWayFor(this.settings.listen);
      this.#port = await this.bind();
      callback();
    } catch (error) {
      callback(error);
    }
  }

  override createStreamServiceMethod(handler: (...args: unknown[]) => unknown) {
    const answer = super.createStreamServiceMethod(handler) as (call: Writable, callback: unknown) => Promise<void>;
    return (call: Writable, callback: unknown) => subscribeFor(call, () => answer(call, callback));
  }

  /** What the health service says. */
  setServing(isServing: boolean): void {
    this.#health.setStatus('', isServing ? 'SERVING' : 'NOT_SERVING');
  }

  /** Takes no more calls and resolves when those under way have ended. */
  override close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.tryShutdown((error) => (error ? reject(error) : resolve()));
    });
  }

  /** Ends the calls under way. */
  closeNow(): void {
    this.#server.forceShutdown();
  }

  private bind(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(this.settings.listen, this.settings.identity.serverCredentials(), (error, port) =>
        error ? reject(addressTaken('GRPC_LISTEN', this.settings.listen, error)) : resolve(port),
      );
    });
  }
}

/** A socket's file outlives a killed process and would keep its address taken. */
async function makeWayFor(listen: string): Promise<void> {
  if (!listen.startsWith('unix:')) return;
  const path = listen.slice('unix:'.length);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
    throw new AppError(
      'INVALID_CONFIG',
      `The path of a socket may have ${MAX_SOCKET_PATH} bytes and ${path} has more. Choose a shorter data folder.`,
    );
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
}
