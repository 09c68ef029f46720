import { authConfig } from '@holdfast/auth';
import { crawlerConfig } from '@holdfast/crawler';
import { gatewayConfig } from '@holdfast/gateway';
import { busSettings, identitySettings, SERVICES, tlsSettings, type ConfigSource } from '@holdfast/platform';
import { reportingConfig } from '@holdfast/reporting';
import { restoreConfig } from '@holdfast/restore';
import { schedulerConfig } from '@holdfast/scheduler';
import { storageConfig } from '@holdfast/storage';

const SCHEMAS = [
  authConfig,
  crawlerConfig,
  gatewayConfig,
  reportingConfig,
  restoreConfig,
  schedulerConfig,
  storageConfig,
];

/**
 * What the one process gives its services itself: where they and its database are, what they prove themselves with, and the secrets of its
 * data folder. Set in the environment it changes nothing.
 */
const OWN: ReadonlySet<string> = new Set([
  ...Object.keys({ ...identitySettings, ...tlsSettings, ...busSettings }),
  ...SERVICES.map((service) => `${service.toUpperCase()}_ADDRESS`),
  'GRPC_LISTEN',
  'HTTP_LISTEN',
  'DATABASE_URL',
  'DATABASE_SWEEP_URL',
  'DATABASE_ADMIN_URL',
  'DATABASE_CA_FILE',
  'DATABASE_CERTIFICATE_FILE',
  'DATABASE_PRIVATE_KEY_FILE',
  'DATABASE_PLAIN',
  'PROVIDER_KEY',
  'FURTHER_PROVIDER_KEYS',
  'GRANT_KEY',
  'AUDIT_KEY',
  'PLACES_SECRET',
  'PLACES_URL',
  'BOOTSTRAP_API_KEY',
  'RESTORE_HTTP_URL',
  'TENANT_ID',
  'START_WITHIN',
]);

/** Settings that have an option of their own on the command line, which wins. */
const WITH_OPTION: ReadonlySet<string> = new Set(['LOG_LEVEL', 'CLOUDS_FILE']);

/** Every setting of any service that the environment of the one process may give, in the order of docs/configuration.md. */
const TUNABLE: readonly string[] = [
  ...new Set(SCHEMAS.flatMap((schema) => Object.keys(schema.shape)).filter((name) => !OWN.has(name))),
];

/** What of these settings the services take as it is. */
export function tunedBy(settings: ConfigSource): ConfigSource {
  return pick(settings, (name) => TUNABLE.includes(name) && !WITH_OPTION.has(name));
}

/** Names of what the one process gives its services itself. */
export const ownSettings = (): readonly string[] => [...OWN].sort();

/** Names of what is set and changes nothing. */
export function ownOf(settings: ConfigSource): readonly string[] {
  return Object.keys(pick(settings, (name) => OWN.has(name))).sort();
}

const pick = (settings: ConfigSource, isWanted: (name: string) => boolean): ConfigSource =>
  Object.fromEntries(Object.entries(settings).filter(([name, value]) => value && isWanted(name)));
