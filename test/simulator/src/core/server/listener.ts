import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerIdentity } from '../certificates.js';

/** A TLS port that answers; `close` ends it and every connection. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export type Answering = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** Listens with the simulator's certificate; port 0 takes a free one. */
export async function listen(
  identity: ServerIdentity,
  host: string,
  port: number,
  answer: Answering,
): Promise<Listener> {
  const server = createServer(
    { key: identity.keyPem, cert: identity.certPem, keepAliveTimeout: 65_000 },
    (req, res) => {
      answer(req, res).catch((error: unknown) => {
        process.stderr.write(
          `simulator: ${req.method} ${req.url?.split('?')[0]}: ${error instanceof Error ? error.stack : String(error)}\n`,
        );
        if (res.headersSent) res.destroy();
        else res.writeHead(500).end();
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
