import { Client, type ClientOptions, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { type Clock, SystemClock } from '@holdfast/kernel';
import type { Observable } from 'rxjs';
import { type Contract, contractOf, loadContract } from './contract.js';
import { inCallSpan } from '../telemetry/grpc-client-spans.js';
import { carried } from '../telemetry/work-context.js';
import { fromGrpcError, isTransportFailure } from './grpc-error.js';
import type { ServiceIdentity } from './identity.js';
import { MESSAGE_LIMIT } from './message-limit.js';
import type { ServiceName } from './services.js';

const DEADLINE_MS = 30_000;
const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 50;

export interface GrpcConnectionOptions {
  readonly to: ServiceName;
  /** `unix:/path` or `host:port`. */
  readonly address: string;
  readonly identity: ServiceIdentity;
  /** What the server answers; our contract of `to`, version 1, when absent. */
  readonly contract?: Contract;
  readonly clock?: Clock;
}

export interface CallOptions {
  /** Milliseconds for the whole call with its repetitions; 30,000 when absent. Streams have none unless it is given. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

type Answer<Result> = Exclude<Result, Promise<unknown> | Observable<unknown>>;

/**
 * A service's methods as its callers see them, from the `…Controller` interface that ts-proto makes: promises, and async
 * iterables where the server streams. Failures are AppErrors.
 */
export type GrpcClient<Controller> = {
  readonly [Method in keyof Controller]: Controller[Method] extends (
    request: infer Request,
    ...rest: never[]
  ) => infer Result
    ? [Result] extends [Observable<infer Value>]
      ? (request: Request, options?: CallOptions) => AsyncIterable<Value>
      : (request: Request, options?: CallOptions) => Promise<Answer<Result>>
    : never;
};

type Method = MethodDefinition<object, object>;

/** One connection to a service, shared by the clients of all its interfaces. */
export class GrpcConnection {
  readonly #channel: Client;
  readonly #clock: Clock;

  constructor(private readonly options: GrpcConnectionOptions) {
    const { identity, to, address } = options;
    const channelOptions: ClientOptions = {
      ...identity.channelOptions(to),
      ...MESSAGE_LIMIT,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 5_000,
    };
    this.#channel = new Client(address, identity.channelCredentials(), channelOptions);
    this.#clock = options.clock ?? new SystemClock();
  }

  /**
   * The client of one interface, `TaskService` say. Methods in `repeatable` are tried again while the server cannot be reached;
   * name those that are safe to call twice.
   */
  client<Controller>(
    service: string,
    { repeatable = [] }: { readonly repeatable?: readonly (keyof Controller & string)[] } = {},
  ): GrpcClient<Controller> {
    const methods = Object.values(this.definitionOf(service)).map((method: Method) => {
      const name = method.originalName ?? method.path;
      const attempts = repeatable.some((safe) => safe === name) ? MAX_ATTEMPTS : 1;
      const call = method.responseStream
        ? (request: object, options: CallOptions = {}) => this.stream(method, request, options)
        : (request: object, options: CallOptions = {}) =>
            inCallSpan(method.path, () => this.unary(method, request, options, attempts));
      return [name, call] as const;
    });
    return Object.fromEntries(methods) as unknown as GrpcClient<Controller>;
  }

  /** Resolves when the server takes calls; rejects with DEPENDENCY_UNAVAILABLE after `deadlineMs`. */
  waitUntilReady(deadlineMs = DEADLINE_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#channel.waitForReady(this.#clock.now() + deadlineMs, (error) => {
        if (!error) {
          resolve();
          return;
        }
        const unavailable = Object.assign(error, { code: status.UNAVAILABLE, details: '', metadata: new Metadata() });
        reject(fromGrpcError(unavailable, this.options.to));
      });
    });
  }

  /** Ends the calls under way and the connection. */
  close(): void {
    this.#channel.close();
  }

  private definitionOf(service: string): ServiceDefinition {
    const contract = this.options.contract ?? contractOf(this.options.to);
    const definition = loadContract(contract)[`${contract.packageName}.${service}`];
    if (!definition || 'format' in definition) throw new Error(`${contract.packageName} has no service ${service}`);
    return definition;
  }

  private async unary(method: Method, request: object, options: CallOptions, attempts: number): Promise<object> {
    const deadline = this.#clock.now() + (options.deadlineMs ?? DEADLINE_MS);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(method, request, deadline, options.signal);
      } catch (thrown) {
        const error = thrown as ServiceError;
        const pauseMs = FIRST_PAUSE_MS * 3 ** (attempt - 1);
        const isOver = attempt >= attempts || this.#clock.now() + pauseMs >= deadline || options.signal?.aborted;
        if (isOver || !isTransportFailure(error)) throw fromGrpcError(error, method.path);
        await this.#clock.sleep(pauseMs, options.signal);
      }
    }
  }

  private attempt(method: Method, request: object, deadline: number, signal?: AbortSignal): Promise<object> {
    return new Promise((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const call = this.#channel.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.metadata(),
        { deadline },
        (error, answer) => {
          signal?.removeEventListener('abort', cancel);
          if (error) reject(error);
          else resolve(answer ?? {});
        },
      );
      const cancel = () => call.cancel();
      if (signal?.aborted) cancel();
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  private async *stream(method: Method, request: object, options: CallOptions): AsyncGenerator<object> {
    const { path, requestSerialize, responseDeserialize } = method;
    const deadline = options.deadlineMs === undefined ? {} : { deadline: this.#clock.now() + options.deadlineMs };
    const call = this.#channel.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.metadata(),
      deadline,
    );
    const cancel = () => call.cancel();
    if (options.signal?.aborted) cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      for await (const value of call) yield value as object;
    } catch (error) {
      throw fromGrpcError(error as ServiceError, path);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  private metadata(): Metadata {
    const metadata = new Metadata();
    this.options.identity.sign(metadata);
    for (const [name, value] of Object.entries(carried())) metadata.set(name, value);
    return metadata;
  }
}

/** Opens a connection to a service. Nothing is sent until a method is called. */
export function connectGrpc(options: GrpcConnectionOptions): GrpcConnection {
  return new GrpcConnection(options);
}
