import type { Configuration } from '@azure/msal-node';
import type { Transport } from '../http/transport.js';

type NetworkClient = NonNullable<NonNullable<Configuration['system']>['networkClient']>;
type NetworkOptions = Parameters<NetworkClient['sendPostRequestAsync']>[1];

/** Tokens and the lists of keys and addresses that a sign-in reads are a few kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Lets MSAL use our connections, so that proxy and certificate authorities hold for the sign-in too. */
export function msalNetwork(
  transport: Transport,
  signal: AbortSignal | undefined,
  /** Told of a call that got no answer; MSAL hides the cause. */
  onBroken: (cause: unknown) => void,
): NetworkClient {
  // MSAL names the form it expects and checks it itself.
  const send = async (method: 'GET' | 'POST', url: string, options: NetworkOptions) => {
    const { origin, pathname, search } = new URL(url);
    const request = {
      method,
      origin,
      path: pathname + search,
      headers: options?.headers ?? {},
      ...(options?.body === undefined ? {} : { body: options.body }),
      ...(signal === undefined ? {} : { signal }),
    };
    const response = await transport.request(request).catch((cause: unknown) => {
      onBroken(cause);
      throw cause;
    });
    const whole = await response.body.whole(MAX_ANSWER_BYTES);
    const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
    return {
      status: response.status,
      headers: Object.fromEntries(headers),
      body: JSON.parse(whole?.toString('utf8') ?? '') as never,
    };
  };
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}
