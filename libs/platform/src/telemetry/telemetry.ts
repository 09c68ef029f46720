import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../logging/logger.js';
import { CollectorWatch, MetricExporter, TraceExporter } from './exporters.js';
import { watchProcess } from './process-metrics.js';
import type { TelemetryConfig } from './telemetry-settings.js';

/** A batch of spans that has no answer after this is given up. */
const EXPORT_MS = 10_000;
/** Series of one metric, at most; the rest are summed up in one that says `otel.metric.overflow`. */
const SERIES = 2_000;

export interface TelemetryOptions {
  /** What the process is called: `crawler`, or `holdfast` where all services are in one. */
  readonly service: string;
  readonly config: TelemetryConfig;
  readonly logger: Logger;
}

/** Traces and metrics of this process, while they are turned on. */
export interface Telemetry {
  /** Answers with all metrics as Prometheus reads them; undefined unless the settings ask for it. */
  readonly scrape: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Sends what is left, within seconds, and turns telemetry off. */
  readonly close: () => Promise<void>;
}

/**
 * Turns traces and metrics on for the whole process, as the settings say: once in a process, before anything else is opened.
 * Where the settings ask for none, nothing is installed, and what the seams say goes nowhere.
 */
export function startTelemetry({ service, config, logger }: TelemetryOptions): Telemetry {
  const watch = new CollectorWatch(logger);
  const resource = resourceFromAttributes({
    'service.name': service === 'holdfast' ? service : `holdfast-${service}`,
    'service.namespace': 'holdfast',
    'service.instance.id': randomUUID(),
  });
  const traces = startTraces(config, resource, watch);
  const meters = startMetrics(config, resource, watch);
  const stopWatching = meters ? watchProcess() : () => undefined;
  return {
    scrape: meters?.scrape,
    close: async () => {
      await Promise.allSettled([traces?.shutdown(), meters?.provider.shutdown()]);
      stopWatching();
      for (const api of [trace, context, propagation, metrics]) api.disable();
    },
  };
}

function startTraces(config: TelemetryConfig, resource: Resource, watch: CollectorWatch): TracerProvider | undefined {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const provider = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(config.OTEL_TRACES_SAMPLER_ARG) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new TraceExporter(config, watch),
        maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
        exportTimeoutMillis: EXPORT_MS,
      }),
    ],
  });
  const isFirst = trace.setGlobalTracerProvider(provider);
  if (!isFirst) throw new Error('Telemetry is started once in a process; services that share one share it.');
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  return provider;
}

function startMetrics(config: TelemetryConfig, resource: Resource, watch: CollectorWatch) {
  const scraped = config.METRICS_AT_HEALTH
    ? new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true })
    : undefined;
  const sent =
    config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
      ? undefined
      : new PeriodicExportingMetricReader({
          exporter: new MetricExporter(config, watch),
          exportIntervalMillis: config.OTEL_METRIC_EXPORT_INTERVAL,
          exportTimeoutMillis: Math.min(EXPORT_MS, config.OTEL_METRIC_EXPORT_INTERVAL),
        });
  const readers = [scraped, sent].filter((reader) => reader !== undefined);
  if (readers.length === 0) return undefined;
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: SERIES }];
  const provider = new MeterProvider({ resource, readers, views });
  metrics.setGlobalMeterProvider(provider);
  return { provider, scrape: scraped?.getMetricsRequestHandler.bind(scraped) };
}
