import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, errorBody } from '../api-error.js';
import type { SimResponse } from '../route.js';
import { SignInEndpoints } from '../signin/signin-endpoints.js';
import type { World } from '../world.js';
import { ConnectionBreak, faultError, waitMs } from './act-fault.js';
import type { Answer } from './answer.js';
import { Batch } from './batch.js';
import { HttpBody, readAll } from './body-source.js';
import type { Pipeline } from './pipeline.js';
import type { IncomingCall } from './sim-request.js';
import { writeResponse } from './write-response.js';

/** Who answers a request, by its host name or else by the listener it came to. */
type Door = 'microsoft' | 'content';

const FORM_BYTES = 64 * 1024;

/** Takes HTTP requests to sign-in, Graph and the content host, answers them and writes the log. */
export class FrontDoor {
  readonly #signIn: SignInEndpoints;
  readonly #batch: Batch;

  constructor(
    private readonly world: World,
    private readonly pipeline: Pipeline,
  ) {
    this.#signIn = new SignInEndpoints(world);
    this.#batch = new Batch(pipeline, (call, answer, bytesOut) =>
      this.#log(call, answer, answer.response.status, bytesOut),
    );
  }

  /** Answers one request; `listener` decides where the Host is an address or a name of our own. */
  async answer(req: IncomingMessage, res: ServerResponse, listener: Door): Promise<void> {
    const call = this.#callOf(req, listener);
    try {
      await this.#send(res, call, await this.#answerOf(call, doorOf(req.headers.host, listener)));
    } catch (error) {
      res.destroy();
      const about = error instanceof ConnectionBreak ? error.about : undefined;
      if (about) this.#log(call, { about, response: { status: 0 }, release: () => undefined }, 0, 0);
      else if (!isClientGone(error)) throw error;
    }
  }

  #callOf(req: IncomingMessage, listener: Door): IncomingCall {
    const [target, queryText] = splitOnce(req.url ?? '/', '?');
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(req.headers))
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
    const isContent = doorOf(req.headers.host, listener) === 'content';
    return {
      method: req.method ?? 'GET',
      path: isContent ? target : target.replace(/^\/v1\.0(?=\/)/, ''),
      queryText,
      headers,
      origin: `https://${req.headers.host ?? 'localhost'}`,
      host: isContent ? 'content' : 'graph',
      body: new HttpBody(req),
      isGraph: target.startsWith('/v1.0/'),
    };
  }

  async #answerOf(call: IncomingCall, door: Door): Promise<Answer> {
    if (door === 'content') return this.pipeline.answer(call);
    if (!call.isGraph) return this.#signInAnswer(call);
    if (call.method === 'POST' && call.path === '/$batch') return this.#batchAnswer(call);
    return this.pipeline.answer(call);
  }

  async #batchAnswer(call: IncomingCall): Promise<Answer> {
    const about: Answer['about'] = { route: '/$batch', tenantId: '', user: '', bucket: 'none', cost: 0 };
    const release = (): void => undefined;
    try {
      const fault = await this.#inject(call, about);
      if (fault) throw fault;
      return { about, release, response: await this.#batch.answer(call) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { about, release, response: this.#refusal(error) };
    }
  }

  async #signInAnswer(call: IncomingCall): Promise<Answer> {
    const about: Answer['about'] = { route: '', tenantId: '', user: '', bucket: 'none', cost: 0 };
    const release = (): void => undefined;
    try {
      const fault = await this.#inject(call, about);
      if (fault) throw fault;
      const answer = await this.#signIn.answer({
        ...call,
        correlationId: call.headers['client-request-id'] ?? '',
        form: async () => new URLSearchParams((await readAll(call.body, FORM_BYTES)).toString()),
      });
      if (!answer)
        throw new ApiError(
          404,
          'NotFound',
          `Nothing answers ${call.method} ${call.path}; Graph's paths start with /v1.0/.`,
        );
      about.route = call.path.replace(/^\/[^/]+/, '/{tenant}');
      about.tenantId = answer.tenantId;
      return { about, release, response: { status: answer.status, body: answer.body } };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { about, release, response: this.#refusal(error) };
    }
  }

  /** Faults of calls that have no route of their own. */
  async #inject(call: IncomingCall, about: Answer['about']): Promise<ApiError | undefined> {
    const subject = { method: call.method, path: call.path, tenantId: '', users: [], bucket: 'none' as const };
    const rule = this.world.faults.strike(subject);
    if (!rule) return undefined;
    about.fault = rule.fault;
    if (rule.fault === 'reset') throw new ConnectionBreak(about);
    if (rule.fault === 'slow') await waitMs(rule.ms ?? 1000);
    return faultError(rule, 'none', 'graph');
  }

  #refusal(error: ApiError): SimResponse {
    const body = errorBody(error, this.world.clock.now(), '00000000-0000-0000-0000-000000000000');
    return { status: error.status, headers: error.details.headers ?? {}, body };
  }

  async #send(res: ServerResponse, call: IncomingCall, answer: Answer): Promise<void> {
    let bytesOut = 0;
    try {
      bytesOut = await writeResponse(res, answer.response, answer.breakAfterBytes);
    } finally {
      answer.release();
      this.#log(call, answer, answer.breakAfterBytes === undefined ? answer.response.status : 0, bytesOut);
    }
  }

  #log(call: IncomingCall, { about }: Answer, status: number, bytesOut: number): void {
    this.world.log.add({
      ...about,
      at: this.world.clock.now(),
      method: call.method,
      path: call.path,
      status,
      bytesIn: call.body.bytesRead,
      bytesOut,
      ...(call.batchMember === undefined ? {} : { batchMember: call.batchMember }),
    });
  }
}

/** Microsoft's own names decide by themselves, so that one port may serve all of them. */
function doorOf(hostHeader: string | undefined, listener: Door): Door {
  const name = (hostHeader ?? '').replace(/:\d+$/, '');
  if (/(\.sharepoint\.com|^outlook\.office(365)?\.com)$/.test(name)) return 'content';
  return /^(graph\.microsoft\.com|login\..+)$/.test(name) ? 'microsoft' : listener;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function isClientGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE')
  );
}
