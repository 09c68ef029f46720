export {
  type ConsumeOptions,
  type Delivery,
  EventBus,
  type EventHandler,
  type HearOptions,
  type PublishOptions,
  type Subscription,
} from './bus/event-bus.port.js';
export { InProcessEventBus, type InProcessEventBusOptions } from './bus/in-process-event-bus.js';
export { natsAuthorization, natsUsers, type NatsUser } from './bus/nats-users.js';
export { NatsEventBus, type NatsEventBusOptions } from './bus/nats-event-bus.js';
export { describeConfig, type SettingDescription } from './config/describe-config.js';
export { type ConfigSource, environment, readConfig, readEnvironment } from './config/read-config.js';
export { Secret, secret } from './config/secret.js';
export { bytes, duration, flag, list } from './config/units.js';
export { Database, type DatabaseOptions } from './database/database.js';
export { isUniqueViolation, translateDatabaseError } from './database/database-errors.js';
export { type Migration } from './database/migrate.js';
export { addAllToOutbox, addToOutbox, outboxTable, outboxTraces } from './database/outbox.js';
export { OUTBOX_SWEEP, OutboxDispatcher, type OutboxDispatcherOptions } from './database/outbox-dispatcher.js';
export { prepareDatabase, type PrepareDatabaseOptions, type ServiceUrls } from './database/prepare-database.js';
export { serviceUrls } from './database/service-urls.js';
export { enableTenantRls, sweepRoleOf, type TenantRlsOptions } from './database/tenant-rls.js';
export { CalledBy, callerOf } from './grpc/called-by.js';
export {
  type CallOptions,
  connectGrpc,
  type GrpcClient,
  GrpcConnection,
  type GrpcConnectionOptions,
} from './grpc/connect-grpc.js';
export { type Contract, contractOf } from './grpc/contract.js';
export { DevelopmentCa } from './grpc/dev-ca.js';
export { GrpcErrorFilter } from './grpc/grpc-error.filter.js';
export { type GrpcServerOptions } from './grpc/grpc-server.js';
export { CertificateIdentity, ProcessIdentity, ProcessSecret, ServiceIdentity } from './grpc/identity.js';
export { type Endpoint, listEndpoints } from './grpc/list-endpoints.js';
export { declaredPermission, RequirePermission } from './grpc/require-permission.js';
export { isServiceName, type ServiceName, SERVICES } from './grpc/services.js';
export { streamOf } from './grpc/stream-of.js';
export { onlyForServices } from './http/only-for-services.js';
export { serviceAgent } from './http/service-agent.js';
export { createLogger, LOG_LEVELS, type LoggerOptions, type LogLevel } from './logging/json-logger.js';
export { type LogContext, logContext, withLogContext } from './logging/log-context.js';
export { type LogFields, Logger, SilentLogger } from './logging/logger.js';
export { describeError, redact } from './logging/redact.js';
export { type HealthListener, listenForProbes } from './service/health-routes.js';
export { Readiness } from './service/readiness.js';
export { Rounds, type RoundsOptions } from './service/rounds.js';
export { type Closable, runMain } from './service/run-main.js';
export { peerSettings } from './service/peer-settings.js';
export { ServiceParts, type SharedParts } from './service/service-parts.js';
export { GRANT_KEYS_DEADLINE_MS, GrantChecker } from './grants/grant-checker.js';
export { keyIdOf, publicJwk, readGrant, signGrant } from './grants/grants.js';
export { pairPaths } from './service/certificate-settings.js';
export { type HttpOptions, type HttpTls } from './service/http-listener.js';
export { type RunningService, type ServiceOptions, startService } from './service/start-service.js';
export { type CertificateFiles, Certificates, type TlsFiles } from './tls/certificates.js';
export {
  busSettings,
  databaseSettings,
  identitySettings,
  grpcSettings,
  httpSettings,
  serviceSettings,
  tlsSettings,
} from './service/settings.js';
export { inRequestSpan, type OutboundRequest } from './telemetry/http-client-spans.js';
export { SpanKind } from '@opentelemetry/api';
export { inSpan, type SpanSettings, tellSpan } from './telemetry/in-span.js';
export { METRICS, type MetricName } from './telemetry/instruments.js';
export { count, measure, observe, type Observed } from './telemetry/measure.js';
export { startTelemetry, type Telemetry } from './telemetry/telemetry.js';
export { telemetrySettings } from './telemetry/telemetry-settings.js';
export { type Carrier, carried, resume } from './telemetry/work-context.js';
