import { z } from 'zod';
import { secret } from '../config/secret.js';
import { flag } from '../config/units.js';

/** Settings of what a process tells of itself, named as OpenTelemetry names them. By default it tells nothing. */
export const telemetrySettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Collector that takes traces and metrics by OTLP over HTTP, as JSON: http://host:4318. None are sent without it',
    ),
  OTEL_EXPORTER_OTLP_HEADERS: secret()
    .optional()
    .describe('What the collector asks for in headers: name=value, with commas between'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Part of the traces that is kept. A job and all that is done for it are one trace'),
  OTEL_BSP_MAX_QUEUE_SIZE: z.coerce
    .number()
    .int()
    .min(512)
    .max(100_000)
    .default(2_048)
    .describe('Ended spans that wait for the collector, at most; what comes beyond is dropped'),
  OTEL_METRIC_EXPORT_INTERVAL: z.coerce
    .number()
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe('Milliseconds between two exports of metrics'),
  METRICS_AT_HEALTH: flag()
    .prefault('false')
    .describe('Whether HEALTH_LISTEN also answers /metrics, as Prometheus reads it'),
};

export type TelemetryConfig = z.output<z.ZodObject<typeof telemetrySettings>>;

/** Headers as the setting writes them; values may be percent-encoded. */
export function headersFrom(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}
