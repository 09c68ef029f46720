import { readFileSync } from 'node:fs';
import { Agent, fetch, type Dispatcher } from 'undici';
import type { RunningSimulator, TenantInfo } from '../index.js';

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Parsed JSON, or the text when it is none. */
  readonly body: unknown;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  /** Sent as it is, instead of `json`. */
  readonly body?: string | Buffer;
  /** Default: a token of the tenant's app; null sends none. */
  readonly token?: string | null;
}

/** Calls a running simulator over the network as a client would, without any SDK. */
export class GraphCaller {
  readonly #agent: Dispatcher;
  #token: string | undefined;

  constructor(
    readonly simulator: RunningSimulator,
    readonly tenant: TenantInfo,
  ) {
    this.#agent = new Agent({ connect: { ca: readFileSync(simulator.ca) } });
  }

  /** For calls whose answer is not text. */
  get dispatcher(): Dispatcher {
    return this.#agent;
  }

  /** A new token by secret; the next calls use it. */
  async signIn(clientId = this.tenant.clientId, secret = this.tenant.clientSecret): Promise<string> {
    const form = {
      client_id: clientId,
      client_secret: secret,
      scope: 'https://graph.microsoft.com/.default',
      grant_type: 'client_credentials',
    };
    const url = `${this.simulator.login}/${this.tenant.tenantId}/oauth2/v2.0/token`;
    const reply = await fetch(url, { method: 'POST', body: new URLSearchParams(form), dispatcher: this.#agent });
    const { access_token: token } = (await reply.json()) as { access_token: string };
    return (this.#token = token);
  }

  /** A path behind the version, or a whole URL. */
  async call(target: string, { method = 'GET', headers = {}, json, body, token }: CallOptions = {}): Promise<Reply> {
    const url = target.startsWith('https:') ? target : `${this.simulator.graph}/v1.0${target}`;
    const bearer = token === undefined ? (this.#token ?? (await this.signIn())) : token;
    const reply = await fetch(url, {
      method,
      redirect: 'manual',
      dispatcher: this.#agent,
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body }),
    });
    const text = await reply.text();
    return { status: reply.status, headers: Object.fromEntries(reply.headers), body: parse(text) };
  }

  /** The control API over the network. */
  async control(method: string, target: string, json?: unknown): Promise<Reply> {
    const call = { method, token: null, ...(json === undefined ? {} : { json }) };
    return this.call(`${this.simulator.control}${target}`, call);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
