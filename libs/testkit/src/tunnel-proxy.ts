import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** An HTTP proxy that leads every tunnel, whatever its name, to one local port: what a name server of one's own would do. */
export interface TunnelProxy {
  readonly host: string;
  readonly port: number;
  /** Hosts that tunnels were asked for, with their ports. */
  readonly asked: ReadonlySet<string>;
  close(): void;
}

export async function startTunnelProxy(target: number): Promise<TunnelProxy> {
  const asked = new Set<string>();
  const open = new Set<Duplex>();
  const server = createServer((_request, answer) => answer.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, near: Duplex, head: Buffer) => {
    asked.add(request.url ?? '');
    const far = connect(target, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.write(head);
      near.pipe(far).pipe(near);
    });
    for (const end of [near, far]) {
      open.add(end);
      // One end that breaks takes the other along.
      end.on('error', () => undefined);
      end.once('close', () => {
        open.delete(end);
        near.destroy();
        far.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the proxy does not listen');
  return {
    host: '127.0.0.1',
    port: address.port,
    asked,
    close: () => {
      server.close();
      for (const end of open) end.destroy();
    },
  };
}
