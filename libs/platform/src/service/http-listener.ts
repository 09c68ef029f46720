import { AppError } from '@holdfast/kernel';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Server as HttpsServer } from 'node:https';
import type { Logger } from '../logging/logger.js';
import { addressTaken } from './address-taken.js';
import type { Certificates, TlsFiles } from '../tls/certificates.js';

/**
 * Longer than any client or balancer in front rests (60 s is usual): whoever closes first has to be the one who asks. A connection that the
 * server closes while a request is on its way fails that request, and one that writes cannot be repeated by the client alone.
 */
const KEEP_ALIVE_MS = 75_000;

export interface HttpTls {
  /** The server's own; where it is mutual, with the authority of its clients. */
  readonly certificates: Certificates<TlsFiles>;
  /** Only clients with a certificate of that authority are answered. */
  readonly isMutual: boolean;
}

export interface HttpOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  /** For HTTPS; plain HTTP when absent. */
  readonly tls?: HttpTls;
  /** Whether it is who is not of ours that calls: a trace begins here, whatever the caller says. */
  readonly isEdge?: boolean;
  /** Sets up what the service's own routes need: filters, guards, parsers. Nothing parses bodies unless told to here. */
  readonly configure?: (app: NestExpressApplication) => void;
}

/** What an HTTPS server is made with. */
export function httpsOptions({ certificates, isMutual }: HttpTls) {
  return { ...contextOf(certificates.current), ...(isMutual && { requestCert: true, rejectUnauthorized: true }) };
}

/** Has the application's HTTP server listen; answers its base URL. New connections get certificates that are replaced later. */
export async function listenHttp(
  app: NestExpressApplication,
  { listen, tls }: HttpOptions,
  logger: Logger,
): Promise<string> {
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon);
  app.getHttpServer().keepAliveTimeout = KEEP_ALIVE_MS;
  const server: unknown = await app.listen(Number(listen.slice(colon + 1)), host).catch((cause: unknown) => {
    throw addressTaken('HTTP_LISTEN', listen, cause);
  });
  const address = app.getHttpServer().address();
  if (address === null || typeof address === 'string')
    throw new AppError('INVALID_CONFIG', 'The HTTP server has to listen on host:port.');
  if (tls && server instanceof HttpsServer) {
    const { certificates } = tls;
    const stop = certificates.onReplaced(() => server.setSecureContext(contextOf(certificates.current)));
    server.once('close', stop);
    server.on('tlsClientError', (error) => logger.info('A client was refused before it asked for anything', { error }));
  }
  return `${tls ? 'https' : 'http'}://${host}:${address.port}`;
}

function contextOf({ ca, certificate, privateKey }: TlsFiles) {
  return {
    ...(privateKey && { key: privateKey.reveal() }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(ca !== undefined && { ca }),
  };
}
