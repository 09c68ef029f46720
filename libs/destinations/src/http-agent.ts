import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { trustOf } from './trust.js';

/** A connection that has said nothing for this long is given up. */
const SILENCE_MS = 60_000;
/** Connections kept to one destination; a crawler's uploads do not pass here. */
const MAX_CONNECTIONS = 64;

/** How a service that speaks HTTP is reached. */
export interface HttpWay {
  readonly tls: boolean;
  /** Certificates to trust besides the public ones, as PEM. */
  readonly ca?: string | undefined;
  readonly proxy?: { readonly host: string; readonly port: number } | undefined;
}

/** What the proxy asks for. */
export interface ProxyAccount {
  readonly proxyUser?: string | undefined;
  readonly proxyPassword?: string | undefined;
}

/** Connections with the destination's own certificates and proxy, kept open between requests and given up when they fall silent. */
export function openAgent(way: HttpWay, account: ProxyAccount, silenceMs = SILENCE_MS): HttpAgent {
  const proxy = proxyUrl(way, account);
  const options = {
    keepAlive: true,
    maxSockets: MAX_CONNECTIONS,
    // The agent gives a connection that it keeps this timeout again.
    timeout: silenceMs,
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
  };
  const agent = way.tls ? new HttpsAgent({ ...options, ...trustOf(way) }) : new HttpAgent(options);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (to, callback) => {
    const made = connect(to, (error, stream) => {
      callback?.(error, watched(stream, silenceMs));
    });
    return made && watched(made, silenceMs);
  };
  return agent;
}

/** Node tells of a silent connection and leaves it open. */
function watched<Stream extends Duplex>(stream: Stream, silenceMs: number): Stream {
  if (stream instanceof Socket && stream.listenerCount('timeout', giveUp) === 0)
    stream.setTimeout(silenceMs).on('timeout', giveUp);
  return stream;
}

function giveUp(this: Socket): void {
  this.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' }));
}

/** What a proxy is named by in the environment of programs; it holds the password. */
export function proxyUrl(
  { proxy }: Pick<HttpWay, 'proxy'>,
  { proxyUser, proxyPassword }: ProxyAccount,
): string | undefined {
  if (!proxy) return undefined;
  const user =
    proxyUser === undefined ? '' : `${encodeURIComponent(proxyUser)}:${encodeURIComponent(proxyPassword ?? '')}@`;
  return `http://${user}${proxy.host}:${proxy.port}`;
}
