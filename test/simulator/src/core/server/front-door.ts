import type { IncomingMessage, ServerResponse } from 'node:http';
import type { World } from '../world.js';
import { ConnectionBreak } from './act-fault.js';
import type { Answer } from './answer.js';
import { Batch } from './batch.js';
import { HttpBody } from './body-source.js';
import type { Pipeline } from './pipeline.js';
import type { IncomingCall } from './sim-request.js';
import { Unrouted } from './unrouted.js';
import { writeResponse } from './write-response.js';

/** Who answers a request, by its host name or else by the listener it came to. */
type Door = 'microsoft' | 'content';

/** Takes HTTP requests to sign-in, Graph and the content host, answers them and writes the log. */
export class FrontDoor {
  readonly #unrouted: Unrouted;

  constructor(
    private readonly world: World,
    private readonly pipeline: Pipeline,
  ) {
    const batch = new Batch(pipeline, (call, answer, bytesOut) =>
      this.#log(call, answer, answer.response.status, bytesOut),
    );
    this.#unrouted = new Unrouted(world, batch);
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
    if (!call.isGraph) return this.#unrouted.answerSignIn(call);
    if (call.method === 'POST' && call.path === '/$batch') return this.#unrouted.answerBatch(call);
    return this.pipeline.answer(call);
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
