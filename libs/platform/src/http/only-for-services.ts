import type { HttpTls } from '../service/http-listener.js';
import type { Certificates } from '../tls/certificates.js';

/** HTTPS that answers nobody but services: for servers that pass on what customers own. */
export function onlyForServices(certificates: Certificates): HttpTls {
  return { certificates, isMutual: true };
}
