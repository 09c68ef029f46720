import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logging/logger.js';
import { headersFrom, type TelemetryConfig } from './telemetry-settings.js';

/** One send, with all its repetitions. */
const SEND_MS = 5_000;
/** Sends under way at once; what comes meanwhile is dropped, so that a slow collector fills no memory. */
const SENDS_AT_ONCE = 4;

type Done = (result: ExportResult) => void;

/** Tells once that the collector does not take what is sent, and once that it does again. */
export class CollectorWatch {
  #isFailing = false;

  constructor(private readonly logger: Logger) {}

  watch(done: Done): Done {
    return (result) => {
      const isFailing = result.code !== ExportResultCode.SUCCESS;
      if (isFailing !== this.#isFailing) this.#tell(isFailing, result.error);
      this.#isFailing = isFailing;
      done(result);
    };
  }

  #tell(isFailing: boolean, error: Error | undefined): void {
    if (isFailing)
      this.logger.warn(
        'The collector does not take telemetry: what it misses is lost, and nothing else. Look at OTEL_EXPORTER_OTLP_ENDPOINT',
        { error },
      );
    else this.logger.info('The collector takes telemetry again');
  }
}

export class TraceExporter extends OTLPTraceExporter {
  constructor(
    config: TelemetryConfig,
    private readonly watch: CollectorWatch,
  ) {
    super(sendTo('v1/traces', config));
  }

  override export(spans: ReadableSpan[], done: Done): void {
    super.export(spans, this.watch.watch(done));
  }
}

export class MetricExporter extends OTLPMetricExporter {
  constructor(
    config: TelemetryConfig,
    private readonly watch: CollectorWatch,
  ) {
    super(sendTo('v1/metrics', config));
  }

  override export(metrics: ResourceMetrics, done: Done): void {
    super.export(metrics, this.watch.watch(done));
  }
}

function sendTo(
  path: string,
  { OTEL_EXPORTER_OTLP_ENDPOINT: base = '', OTEL_EXPORTER_OTLP_HEADERS: headers }: TelemetryConfig,
) {
  return {
    url: `${base.replace(/\/$/, '')}/${path}`,
    timeoutMillis: SEND_MS,
    concurrencyLimit: SENDS_AT_ONCE,
    ...(headers && { headers: headersFrom(headers.reveal()) }),
  };
}
