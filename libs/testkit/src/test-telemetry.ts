import { readConfig, SilentLogger, startTelemetry, telemetrySettings } from '@holdfast/platform';
import { z } from 'zod';
import { OtlpReceiver } from './otlp-receiver.js';

/** Telemetry that is on for one test, and the collector that it goes to. */
export interface TestTelemetry {
  readonly receiver: OtlpReceiver;
  /** Turns telemetry off; then the receiver has all of it. */
  readonly end: () => Promise<OtlpReceiver>;
}

/** Turns telemetry on for this process until `end` is called. */
export async function startTestTelemetry(settings: Readonly<Record<string, string>> = {}): Promise<TestTelemetry> {
  const receiver = await OtlpReceiver.start();
  const source = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...settings };
  const config = readConfig(z.object(telemetrySettings), source);
  const telemetry = startTelemetry({ service: 'test', config, logger: new SilentLogger() });
  return {
    receiver,
    end: async () => {
      await telemetry.close();
      await receiver.close();
      return receiver;
    },
  };
}
