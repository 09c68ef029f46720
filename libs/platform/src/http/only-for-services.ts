import type { CertificateFiles } from '../grpc/identity.js';
import type { HttpTls } from '../service/start-service.js';

/** HTTPS that answers nobody but services: for servers that pass on what customers own. */
export function onlyForServices({ ca, certificate, privateKey }: CertificateFiles): HttpTls {
  return { certificate, privateKey, clientCa: ca };
}
