import { errorBody, page } from '@holdfast/contracts/api';
import { Agent, fetch, type Response } from 'undici';
import type { z } from 'zod';
import { CommandFailed } from '../failure.js';
import { readEvents, type ServerEvent } from './read-events.js';

const PREFIX = '/api/v1/';
/** Plans read the target and may take minutes. */
const PATIENCE_MS = 15 * 60_000;

export interface ApiClientOptions {
  readonly url: string;
  readonly key: string;
  /** Certificates to trust besides the public ones, PEM. */
  readonly ca?: string;
}

/** The HTTP API. Answers are checked against the schemas that the server declares; failures are sentences. */
export class ApiClient {
  readonly #dispatcher: Agent;

  constructor(private readonly options: ApiClientOptions) {
    const { ca } = options;
    this.#dispatcher = new Agent({
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
      ...(ca !== undefined && { connect: { ca } }),
    });
  }

  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    return this.#json('GET', path, schema);
  }

  post<Schema extends z.ZodType>(path: string, schema: Schema, body?: object): Promise<z.output<Schema>> {
    return this.#json('POST', path, schema, body);
  }

  put<Schema extends z.ZodType>(path: string, schema: Schema, body: object): Promise<z.output<Schema>> {
    return this.#json('PUT', path, schema, body);
  }

  patch<Schema extends z.ZodType>(path: string, schema: Schema, body: object): Promise<z.output<Schema>> {
    return this.#json('PATCH', path, schema, body);
  }

  async delete(path: string): Promise<void> {
    await (await this.#send('DELETE', path)).text();
  }

  /** The rows of a list, page after page as they are taken. */
  async *rows<Row extends z.ZodType>(path: string, row: Row): AsyncGenerator<z.output<Row>> {
    const schema = page(row);
    const glue = path.includes('?') ? '&' : '?';
    for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
      const at = token === undefined ? path : `${path}${glue}pageToken=${encodeURIComponent(token)}`;
      const answer = await this.get(at, schema);
      yield* answer.rows as z.output<Row>[];
      token = answer.nextPageToken;
    }
  }

  /** Server-sent events until the server ends them. */
  async *events(path: string): AsyncGenerator<ServerEvent> {
    const { body } = await this.#send('GET', path);
    if (body) yield* readEvents(body as AsyncIterable<Uint8Array>);
  }

  /** A file as it comes. `path` is what the API named, from the root. */
  async download(path: string): Promise<{ readonly body: AsyncIterable<Uint8Array>; readonly bytes?: number }> {
    const { body, headers } = await this.#send('GET', path);
    if (!body) throw new CommandFailed('The server answered without a file. Try again.');
    const length = headers.get('content-length');
    return { body: body as AsyncIterable<Uint8Array>, ...(length !== null && { bytes: Number(length) }) };
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #json<Schema extends z.ZodType>(method: string, path: string, schema: Schema, body?: object) {
    const response = await this.#send(method, path, body);
    const parsed = schema.safeParse(await json(response));
    if (parsed.success) return parsed.data;
    throw new CommandFailed(
      'The server answered in a form that this version of the command does not know. Use the version of the server.',
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }

  async #send(method: string, path: string, body?: object): Promise<Response> {
    const response = await this.#reach(method, path, body);
    if (response.ok) return response;
    const parsed = errorBody.safeParse(await json(response));
    if (!parsed.success)
      throw new CommandFailed(`${this.options.url} answered ${response.status}, not as Holdfast does. Check --url.`);
    const { code, message, problems, requestId } = parsed.data.error;
    const details = problems.map(({ field, rule }) => `${field}: ${rule}`);
    throw new CommandFailed(message, [...details, `(${code}, request ${requestId})`]);
  }

  async #reach(method: string, path: string, body?: object): Promise<Response> {
    const url = new URL(path.startsWith('/') ? path : PREFIX + path, this.options.url);
    try {
      return await fetch(url, {
        method,
        dispatcher: this.#dispatcher,
        headers: {
          authorization: `Bearer ${this.options.key}`,
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw unreachable(this.options.url, error);
    }
  }
}

async function json(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/;

function unreachable(url: string, error: unknown): CommandFailed {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
  const advice = adviceFor(code);
  return new CommandFailed(`${url} cannot be reached (${code}). ${advice}`);
}

function adviceFor(code: string): string {
  if (CERTIFICATE_CODES.test(code))
    return 'Its certificate is not trusted here: give its authority with --ca FILE or HOLDFAST_CA.';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'It does not speak HTTPS there: try the address with http://.';
  return 'Check that it runs, and the address in --url or HOLDFAST_URL.';
}
