import type { OtlpReceiver } from '@holdfast/testkit';

/** Settings of a system that tells a receiver all it does. */
export const tellingAll = (receiver: OtlpReceiver) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  OTEL_METRIC_EXPORT_INTERVAL: '500',
  OTEL_BSP_MAX_QUEUE_SIZE: '100000',
});
