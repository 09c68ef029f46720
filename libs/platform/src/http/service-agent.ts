import { Agent } from 'undici';
import type { CertificateFiles } from '../grpc/identity.js';
import type { ServiceName } from '../grpc/services.js';

/**
 * For bulk bytes to another service's HTTP server: pass it as undici's `dispatcher`. Shows our certificate, and refuses a server
 * whose certificate does not name `to`, whatever the address is. Close it when done.
 */
export function serviceAgent(to: ServiceName, { ca, certificate, privateKey }: CertificateFiles): Agent {
  return new Agent({ connect: { ca, cert: certificate, key: privateKey.reveal(), servername: to } });
}
