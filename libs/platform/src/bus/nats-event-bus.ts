import type { EventDefinition, SignalDefinition } from '@holdfast/contracts';
import { AppError, type Clock, isAppError, type TenantId } from '@holdfast/kernel';
import { jetstream, type JetStreamClient, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, TimeoutError, type TlsOptions } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { z } from 'zod';
import type { Secret } from '../config/secret.js';
import type { Logger } from '../logging/logger.js';
import { inSendSpan } from '../telemetry/bus-spans.js';
import type { Certificates, TlsFiles } from '../tls/certificates.js';
import { whyTlsFailed } from '../tls/why-tls-failed.js';
import {
  type ConsumeOptions,
  EventBus,
  type EventHandler,
  type HearOptions,
  type PublishOptions,
  type Subscription,
} from './event-bus.port.js';
import { encodeMessage, queuesOf, subjectFilter } from './event-subject.js';
import { hearerOf } from './hearer.js';
import { carrierOf, headersOf } from './nats-message.js';
import { BELL, inboxOf, streamOf } from './nats-names.js';
import { NatsSubscription } from './nats-subscription.js';
import { ensureStream, type StreamSettings } from './nats-streams.js';

/** Milliseconds for one attempt to connect. A server that refuses our certificate only hangs up, and the client waits for this long. */
const CONNECT_MS = 5_000;
/** Milliseconds that a listener waits for its stream. */
const STREAM_WAIT_MS = 60_000;
const STREAM_LOOK_MS = 500;

export interface NatsEventBusOptions extends Partial<StreamSettings> {
  /** One or more addresses with commas between, user and password within where the server asks for them. */
  readonly url: Secret;
  /** TLS, where it is given: the servers have to show a certificate of this authority that names their host, and are shown ours. */
  readonly tls?: Certificates<TlsFiles> | undefined;
  /** The service's name. */
  readonly name: string;
  /** The one tenant that the service's certificate binds it to. */
  readonly tenant?: TenantId | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds before the second attempt; 1,000 when absent. */
  readonly firstPauseMs?: number;
  /** Milliseconds between looks for messages that no bell told of; 5,000 when absent. */
  readonly lookAgainMs?: number;
  /** Milliseconds between two pings; a connection whose other end is silent for three of them is made anew. 5,000 when absent. */
  readonly pingMs?: number;
}

/** The bus of the cluster edition: NATS JetStream, a stream per family of events. */
export class NatsEventBus extends EventBus {
  readonly #jetstream: JetStreamClient;
  readonly #streams = new Map<string, Promise<void>>();
  readonly #subscriptions = new Set<NatsSubscription<z.ZodType<object>>>();

  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly options: NatsEventBusOptions,
  ) {
    super();
    this.#jetstream = jetstream(connection);
    void this.watchConnection();
  }

  /** Connects; from then on the connection is mended whenever it breaks. DEPENDENCY_UNAVAILABLE when there is no server. */
  static async connect(options: NatsEventBusOptions): Promise<NatsEventBus> {
    const { url, tls, name, tenant, pingMs = 5_000 } = options;
    try {
      const connection = await connect({
        ...serversOf(url),
        name,
        inboxPrefix: inboxOf(name, tenant),
        // Permissions that are changed on the server may be wrong for a while.
        ignoreAuthErrorAbort: true,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        pingInterval: pingMs,
        maxPingOut: 2,
        timeout: CONNECT_MS,
        ...(tls ? { tls: currentOf(tls) } : plainServersIn(url).length === 0 && { tls: {} }),
      });
      return new NatsEventBus(connection, await jetstreamManager(connection), options);
    } catch (cause) {
      throw unconnected(cause, tls !== undefined);
    }
  }

  override async publish<S extends z.ZodType<object>>(
    event: EventDefinition<S>,
    payload: z.output<S>,
    { id }: PublishOptions = {},
  ): Promise<void> {
    const { subject, data } = encodeMessage(event, payload);
    await this.stream(event);
    await inSendSpan(event, payload, async (carrier) => {
      const headers = headersOf(carrier);
      try {
        await this.#jetstream.publish(subject, data, {
          ...(id !== undefined && { msgID: id }),
          ...(headers && { headers }),
        });
      } catch (cause) {
        // Perhaps the stream is gone, with a server that came back empty: made again before the next attempt.
        this.#streams.delete(streamOf(event));
        throw unavailable(cause);
      }
    });
    // Only now: a bell that rang before the stream has the message would find nothing.
    this.connection.publish(`${BELL}.${subject}`);
  }

  override prepare(event: EventDefinition): Promise<void> {
    return this.stream(event);
  }

  override async consume<S extends z.ZodType<object>>(
    event: EventDefinition<S>,
    options: ConsumeOptions,
    handler: EventHandler<z.output<S>>,
  ): Promise<Subscription> {
    // Who listens to some queues only need not know what else there is, nor may it.
    if (!queuesOf(event, options.only)) await this.streamToListenTo(event);
    const { clock, logger, firstPauseMs = 1_000, lookAgainMs = 5_000 } = this.options;
    const { connection, manager } = this;
    const subscription = new NatsSubscription<S>(
      { connection, manager, clock, logger, firstPauseMs, lookAgainMs },
      { event, ...options, handler },
      () => this.#subscriptions.delete(subscription),
    );
    await subscription.open();
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** On core NATS, past all streams. */
  override async signal<S extends z.ZodType<object>>(signal: SignalDefinition<S>, payload: z.output<S>): Promise<void> {
    const { subject, data } = encodeMessage(signal, payload);
    await inSendSpan(signal, payload, async (carrier) => {
      const headers = headersOf(carrier);
      try {
        this.connection.publish(subject, data, headers && { headers });
      } catch (cause) {
        throw unavailable(cause);
      }
    });
  }

  override async hear<S extends z.ZodType<object>>(
    signal: SignalDefinition<S>,
    { only }: HearOptions,
    handler: (payload: z.output<S>) => void,
  ): Promise<Subscription> {
    const take = hearerOf({ signal, handler, logger: this.options.logger });
    const hearing = this.connection.subscribe(subjectFilter(signal, only), {
      callback: (_, message) => take(message, carrierOf(message)),
    });
    await this.ping();
    return { close: async () => hearing.unsubscribe() };
  }

  /** Resolves when the server answers. */
  async ping(): Promise<void> {
    try {
      await this.connection.flush();
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  override async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    await this.connection.drain();
  }

  private async stream(event: EventDefinition): Promise<void> {
    const name = streamOf(event);
    const { replicas = 1, capacity = 1_000_000 } = this.options;
    const known = this.#streams.get(name) ?? ensureStream(this.manager, event, { replicas, capacity });
    this.#streams.set(name, known);
    try {
      await known;
    } catch (error) {
      this.#streams.delete(name);
      throw error instanceof AppError ? error : unavailable(error);
    }
  }

  /** A stream that this service may not make is waited for: services start side by side. */
  private async streamToListenTo(event: EventDefinition): Promise<void> {
    const { clock, logger } = this.options;
    const lastAt = clock.now() + STREAM_WAIT_MS;
    for (;;) {
      try {
        await this.stream(event);
        return;
      } catch (error) {
        if (!isAppError(error) || error.retry === 'never' || clock.now() >= lastAt) throw error;
        logger.debug('A stream is waited for', { stream: streamOf(event), error });
        await clock.sleep(STREAM_LOOK_MS);
      }
    }
  }

  private async watchConnection(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'disconnect') this.options.logger.warn('The connection to NATS is lost');
      if (type !== 'reconnect') continue;
      this.options.logger.info('The connection to NATS is back');
      for (const subscription of this.#subscriptions) void subscription.look();
    }
  }
}

/** The servers of an address that are not asked for TLS by its scheme, `tls://`. */
export function plainServersIn(url: Secret): readonly string[] {
  return addressesIn(url).flatMap(({ protocol, hostname }) => (protocol === 'tls:' ? [] : [hostname]));
}

function addressesIn(url: Secret): readonly URL[] {
  return url
    .reveal()
    .split(',')
    .map((text) => {
      if (URL.canParse(text.trim())) return new URL(text.trim());
      throw new AppError('INVALID_CONFIG', 'The settings cannot be used. NATS_URL: is no list of addresses nats://….', {
        context: { setting: 'NATS_URL' },
      });
    });
}

function serversOf(url: Secret) {
  const addresses = addressesIn(url);
  const [first] = addresses;
  return {
    servers: addresses.map((address) => address.host),
    ...(first?.username ? { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) } : {}),
  };
}

/** Read by the client at each connection that it makes: one that is made again shows what is current then. */
function currentOf(tls: Certificates<TlsFiles>): TlsOptions {
  return {
    get ca() {
      return tls.current.ca;
    },
    get cert() {
      return tls.current.certificate;
    },
    get key() {
      return tls.current.privateKey?.reveal();
    },
  } as TlsOptions;
}

function unconnected(cause: unknown, isTls: boolean): AppError {
  if (!isTls || !(cause instanceof TimeoutError)) return unavailable(cause);
  return new AppError(
    'DEPENDENCY_UNAVAILABLE',
    'NATS hung up or did not answer in time. Try again later; if it goes on, see whether our certificate has ended or is of an ' +
      'authority that is not among its own.',
    { cause },
  );
}

function unavailable(cause: unknown): AppError {
  const reason = whyTlsFailed(cause);
  const message =
    reason === undefined
      ? 'NATS cannot be reached or cannot take the message. Try again later.'
      : `NATS cannot be reached safely. ${reason}`;
  return new AppError('DEPENDENCY_UNAVAILABLE', message, { cause });
}
