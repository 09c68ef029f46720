import type { Clock } from '@holdfast/kernel';
import {
  type ConfigSource,
  type HealthListener,
  listenForProbes,
  readConfig,
  Readiness,
  type RunningService,
  serviceSettings,
  type Telemetry,
} from '@holdfast/platform';
import { z } from 'zod';

/** Where metrics are asked for and nothing names an address: this machine alone, like the API. */
const BESIDE_THE_API = '127.0.0.1:8081';

const settings = z.object({
  HEALTH_LISTEN: serviceSettings.HEALTH_LISTEN.unwrap().optional(),
  METRICS_AT_HEALTH: serviceSettings.METRICS_AT_HEALTH,
});

export interface ProbedProcess {
  readonly services: readonly RunningService[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

/**
 * One listener for the whole process, as each service has in a cluster: ready while every service is, with the metrics of all of them. Undefined
 * unless HEALTH_LISTEN or METRICS_AT_HEALTH asks for it, so that two installations of one machine need not be told apart.
 */
export async function listenForProbesOfAll(
  source: ConfigSource,
  { services, telemetry, clock }: ProbedProcess,
): Promise<HealthListener | undefined> {
  const { HEALTH_LISTEN, METRICS_AT_HEALTH } = readConfig(settings, source);
  const listen = HEALTH_LISTEN ?? (METRICS_AT_HEALTH ? BESIDE_THE_API : undefined);
  if (listen === undefined) return undefined;
  const readiness = new Readiness(clock);
  for (const service of services) readiness.add(service.name, () => isReady(service));
  return listenForProbes(listen, readiness, telemetry.scrape);
}

async function isReady(service: RunningService): Promise<void> {
  const failing = await service.get(Readiness).failing();
  if (failing.length > 0) throw new Error(`${service.name} lacks ${failing.join(', ')}`);
}
