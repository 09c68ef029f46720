import 'reflect-metadata';
import { Clock, SystemClock } from '@holdfast/kernel';
import type { DynamicModule, INestApplication, NestApplicationOptions, Provider, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestMicroservice } from '@nestjs/microservices';
import type { Server } from 'node:http';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { CalledByGuard } from '../grpc/called-by.js';
import { GrpcErrorFilter } from '../grpc/grpc-error.filter.js';
import { GrpcServer, type GrpcServerOptions } from '../grpc/grpc-server.js';
import { Logger } from '../logging/logger.js';
import { NestLogger } from '../logging/nest-logger.js';
import { httpServerSpans } from '../telemetry/http-server-spans.js';
import { CallsUnderWay } from './calls-under-way.js';
import { listenForProbes, serveHealth, type Answering, type HealthListener } from './health-routes.js';
import { httpsOptions, listenHttp, type HttpOptions } from './http-listener.js';
import { Readiness } from './readiness.js';

const STOP_MS = 20_000;
const RESTING_MS = 50;

export interface ServiceOptions {
  /** In the log and in error messages. */
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly logger: Logger;
  /** What the module may inject besides its own: its configuration, database, bus. */
  readonly provide?: readonly Provider[];
  readonly grpc?: GrpcServerOptions;
  readonly http?: HttpOptions;
  /** `host:port` for probes, in plain HTTP. */
  readonly healthListen?: string;
  /** Answers the probes' listener at /metrics. */
  readonly scrape?: Answering;
  /** What has to pass for the service to be ready, each by a name. */
  readonly checks?: Readonly<Record<string, () => Promise<void>>>;
  readonly clock?: Clock;
  /** Milliseconds that calls and handlers under way get to end once the service is told to stop; 30,000 when absent. */
  readonly stopWithinMs?: number;
  /** Closed when the service has stopped, or could not start: what the module was given from outside. */
  readonly closeWith?: { close(): Promise<void> };
}

/** A service that answers. */
export interface RunningService {
  readonly name: string;
  /** Where gRPC clients reach it, with the real port; undefined without gRPC. */
  readonly grpcAddress: string | undefined;
  /** Base URL of its HTTP server; undefined without HTTP. */
  readonly httpUrl: string | undefined;
  /** Base URL of what it tells probes; undefined without a listener for them. */
  readonly healthUrl: string | undefined;
  /** For tests and for the composition of services: what the module provides. */
  get<T>(token: Type<T> | (abstract new (...args: never[]) => T)): T;
  /** Becomes unready, takes no more work, lets work under way end within the limit, then cuts it off. Safe to call twice. */
  close(): Promise<void>;
}

class ServiceRoot {}

/**
 * Starts one service: its module, its gRPC methods (each guarded by what it declares with `CalledBy`), its HTTP routes, health.
 * Many services can run in one process. `Logger`, `Clock` and `Readiness` can be injected.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { name, logger, clock = new SystemClock() } = options;
  const readiness = new Readiness(clock);
  for (const [part, check] of Object.entries(options.checks ?? {})) readiness.add(part, check);
  const app = await NestFactory.create<NestExpressApplication>(
    rootOf(options, clock, readiness),
    new ExpressAdapter(),
    nestOptions(options),
  );
  const calls = new CallsUnderWay();
  app.useGlobalInterceptors(calls);
  const grpc = options.grpc ? connectGrpcServer(app, options.grpc, { logger, calls }) : undefined;
  try {
    serveHealth(app, readiness);
    if (options.http) app.use(httpServerSpans({ isEdge: options.http.isEdge ?? false }));
    options.http?.configure?.(app);
    await app.init();
    if (grpc) await app.startAllMicroservices();
    const httpUrl = options.http ? await listenHttp(app, options.http, logger) : undefined;
    grpc?.setServing(true);
    // Last: until it listens, probes find nobody.
    const { healthListen, scrape } = options;
    const health = healthListen ? await listenForProbes(healthListen, readiness, scrape) : undefined;
    logger.info('The service answers', { grpcAddress: grpc?.address, httpUrl, healthUrl: health?.url });
    const stop = stopper({ app, grpc, calls, health, readiness, clock, logger, options });
    return {
      name,
      grpcAddress: grpc?.address,
      httpUrl,
      healthUrl: health?.url,
      get: (token) => app.get(token, { strict: false }),
      close: stop,
    };
  } catch (error) {
    await app.close().catch(() => undefined);
    await options.closeWith?.close();
    throw error;
  }
}

function nestOptions({ logger, http }: ServiceOptions): NestApplicationOptions {
  const common = { logger: new NestLogger(logger), bodyParser: false as const, abortOnError: false };
  const tls = http?.tls && { httpsOptions: httpsOptions(http.tls) };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class.
  return { ...common, ...tls };
}

function rootOf({ module, provide = [], logger }: ServiceOptions, clock: Clock, readiness: Readiness): DynamicModule {
  const providers = [
    { provide: Logger, useValue: logger },
    { provide: Clock, useValue: clock },
    { provide: Readiness, useValue: readiness },
    ...provide,
  ];
  const exported = providers.map((provider) => ('provide' in provider ? provider.provide : provider));
  return { module: ServiceRoot, global: true, imports: [module], providers, exports: exported };
}

function connectGrpcServer(
  app: INestApplication,
  options: GrpcServerOptions,
  { logger, calls }: Pick<Stopping, 'logger' | 'calls'>,
): GrpcServer {
  const server = new GrpcServer(options);
  const microservice = app.connectMicroservice({ strategy: server }, { deferInitialization: true });
  microservice.useGlobalGuards(new CalledByGuard(options.identity));
  microservice.useGlobalInterceptors(calls);
  microservice.useGlobalFilters(new GrpcErrorFilter(logger));
  // The listeners are made late, for guards and filters to take effect, but the hooks are the application's to call.
  if (microservice instanceof NestMicroservice) microservice.setIsInitHookCalled(true);
  return server;
}

interface Stopping {
  readonly app: NestExpressApplication;
  readonly grpc: GrpcServer | undefined;
  readonly calls: CallsUnderWay;
  readonly health: HealthListener | undefined;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: ServiceOptions;
}

function stopper({ app, grpc, calls, health, readiness, clock, logger, options }: Stopping): () => Promise<void> {
  const { stopWithinMs = STOP_MS, closeWith } = options;
  let closing: Promise<void> | undefined;
  const close = async () => {
    readiness.stop();
    grpc?.setServing(false);
    const inTime = new AbortController();
    const cutOff = clock.sleep(stopWithinMs, inTime.signal).then(
      () => {
        logger.warn('Work under way is cut off, because it did not end in time', { stopWithinMs });
        grpc?.closeNow();
        app.getHttpServer().closeAllConnections();
      },
      () => undefined,
    );
    const letGo = closeResting(app.getHttpServer(), clock, inTime.signal);
    try {
      await app.close();
      await Promise.race([calls.rest(), cutOff]);
    } finally {
      inTime.abort();
      await Promise.all([cutOff, letGo]);
    }
    await closeWith?.close();
    await health?.close();
    logger.info('The service has stopped');
  };
  return () => (closing ??= close());
}

/**
 * Closes connections on which nothing is under way, until the signal ends it: a client keeps one for its next request, and the server
 * would wait for it as if it were at work.
 */
async function closeResting(server: Server, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    server.closeIdleConnections();
    await clock.sleep(RESTING_MS, signal).catch(() => undefined);
  }
}
