import { Agent, request } from 'undici';

/** Calls of a JSON API. */
export class JsonClient {
  readonly #agent: Agent;

  constructor(
    private readonly baseUrl: string,
    private readonly options: { readonly ca?: string; readonly apiKey?: string },
  ) {
    this.#agent = new Agent(options.ca === undefined ? {} : { connect: { ca: options.ca } });
  }

  /** The answer's text; rejects with it when the status is 400 or above. */
  async text(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<string> {
    const { statusCode, body: answer } = await request(this.baseUrl + path, {
      method,
      dispatcher: this.#agent,
      headers: {
        'content-type': 'application/json',
        ...(this.options.apiKey !== undefined && { authorization: `Bearer ${this.options.apiKey}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (statusCode >= 400) throw new Error(`${method} ${path} was answered with ${statusCode}: ${text}`);
    return text;
  }

  async json(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const text = await this.text(method, path, body);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}
