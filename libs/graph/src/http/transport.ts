import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type AnswerHead, Exchange } from './exchange.js';

/** An HTTP proxy that the connections to Microsoft go through. */
export interface ProxySettings {
  /** `http://host:port` or `https://host:port`, without credentials. */
  readonly url: string;
  readonly credentials?: { readonly user: string; readonly password: string };
}

export interface TransportOptions {
  /** Authorities in PEM that are trusted beside the machine's own. */
  readonly caPem?: string;
  readonly proxy?: ProxySettings;
  /** Open connections to one origin, at most. */
  readonly connectionsPerOrigin?: number;
}

export interface TransportRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly origin: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/** An answer whose body is still on its way. */
export interface Answer extends AnswerHead {
  readonly body: Pick<Exchange, 'next' | 'whole' | 'discard' | 'cutOff'>;
}

const QUIET_MS = 120_000;

/** The connections of one process to Microsoft: shared by all clients, closed once. */
export class Transport {
  readonly #dispatcher: Dispatcher;

  constructor(options: TransportOptions = {}) {
    const connections = options.connectionsPerOrigin ?? 256;
    const tls = options.caPem === undefined ? {} : { secureContext: trusting(options.caPem) };
    const limits = { connections, headersTimeout: QUIET_MS, bodyTimeout: QUIET_MS, keepAliveTimeout: 30_000 };
    this.#dispatcher =
      options.proxy === undefined
        ? new Agent({ ...limits, connect: tls })
        : new ProxyAgent({ ...limits, ...proxyAddress(options.proxy), requestTls: tls, proxyTls: tls });
  }

  /** Sends one request, once. Redirects are answers; a body that is neither read nor discarded keeps its connection busy. */
  async request({ signal, ...request }: TransportRequest): Promise<Answer> {
    signal?.throwIfAborted();
    const exchange = new Exchange(signal);
    try {
      this.#dispatcher.dispatch(request, exchange);
    } catch (cause) {
      exchange.onResponseError(undefined, cause);
    }
    return { ...(await exchange.head), body: exchange };
  }

  /** Waits for what is under way and closes all connections. */
  close(): Promise<void> {
    return this.#dispatcher.close();
  }
}

/** Made once: taking in all authorities costs tens of milliseconds, which each new connection would pay. */
function trusting(caPem: string): SecureContext {
  return createSecureContext({ ca: [...getCACertificates('default'), caPem] });
}

function proxyAddress({ url, credentials }: ProxySettings): { uri: string; token?: string } {
  if (credentials === undefined) return { uri: url };
  const basic = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  return { uri: url, token: `Basic ${basic}` };
}
