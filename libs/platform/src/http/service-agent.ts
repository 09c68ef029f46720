import { Agent, buildConnector } from 'undici';
import type { ServiceName } from '../grpc/services.js';
import type { CertificateFiles, Certificates } from '../tls/certificates.js';

/**
 * For bulk bytes to another service's HTTP server: pass it as undici's `dispatcher`. Shows our certificate, and refuses a server
 * whose certificate does not name `to`, whatever the address is. New connections use certificates that were replaced. Close it when
 * done.
 */
export function serviceAgent(to: ServiceName, certificates: Certificates): Agent {
  const connectorOf = ({ ca, certificate, privateKey }: CertificateFiles) =>
    buildConnector({ ca, cert: certificate, key: privateKey.reveal(), servername: to });
  // A connector keeps TLS sessions, which must not outlive the certificates they were made with.
  let connector = connectorOf(certificates.current);
  certificates.onReplaced(() => (connector = connectorOf(certificates.current)));
  return new Agent({ connect: (options, callback) => connector(options, callback) });
}
