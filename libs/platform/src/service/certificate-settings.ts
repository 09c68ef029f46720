import { AppError } from '@holdfast/kernel';
import { z } from 'zod';
import { readConfig, type ConfigSource } from '../config/read-config.js';
import type { TlsPaths } from '../tls/read-tls-files.js';
import { identitySettings } from './settings.js';

type Settings = Readonly<Record<string, unknown>>;

/** Where a service's own certificate lies, and the authorities of the others'. */
export function identityPaths(source: ConfigSource): Required<TlsPaths> {
  const config = readConfig(z.object(identitySettings), source);
  const named = (setting: keyof typeof config) => ({ setting, path: config[setting] });
  return {
    ca: named('TLS_CA_FILE'),
    certificate: named('TLS_CERTIFICATE_FILE'),
    privateKey: named('TLS_PRIVATE_KEY_FILE'),
  };
}

/**
 * What is used towards a server that is not ours, by the settings `NATS_…` or `DATABASE_…`; undefined for no TLS. The service's own
 * certificate is shown unless another is named.
 */
export function serverPaths(prefix: 'NATS' | 'DATABASE', config: Settings, own: TlsPaths = {}): TlsPaths | undefined {
  const ca = fileIn(`${prefix}_CA_FILE`, config);
  const pair = pairPaths(`${prefix}_CERTIFICATE_FILE`, `${prefix}_PRIVATE_KEY_FILE`, config);
  if (ca) return { ca, ...(pair ?? { certificate: own.certificate, privateKey: own.privateKey }) };
  if (!pair) return undefined;
  throw missing(`${prefix}_CA_FILE`, `is required beside ${prefix}_CERTIFICATE_FILE`);
}

/** A certificate and its key, both or neither. */
export function pairPaths(
  certificateSetting: string,
  keySetting: string,
  config: Settings,
): Pick<TlsPaths, 'certificate' | 'privateKey'> | undefined {
  const [certificate, privateKey] = [fileIn(certificateSetting, config), fileIn(keySetting, config)];
  if (!certificate && !privateKey) return undefined;
  if (certificate && privateKey) return { certificate, privateKey };
  throw missing(certificate ? keySetting : certificateSetting, 'is required beside the other of the pair');
}

function fileIn(setting: string, config: Settings) {
  const path = config[setting];
  return typeof path === 'string' ? { setting, path } : undefined;
}

function missing(setting: string, rule: string): AppError {
  return new AppError('INVALID_CONFIG', `The settings cannot be used. ${setting}: ${rule}.`, { context: { setting } });
}
