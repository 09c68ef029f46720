import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { BudgetTicket } from '../budget/request-budget.port.js';
import type { RequestCounters } from '../request-counters.js';
import { brokenAnswer, unexpectedAnswer } from './error-body.js';
import { type HeaderMap, rateLimitOf, retryAfterMs } from './headers.js';

const unzip = promisify(gunzip);
/** A page of a hundred messages is about 2 MB; more than this is no JSON that we asked for. */
const MAX_TEXT_BYTES = 128 * 1024 * 1024;

/** An answer whose body is still on its way. One of the three ways to end it is taken, which also gives the budget's place back. */
export class OpenAnswer {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly #body: Dispatcher.ResponseData['body'];
  #ticket: BudgetTicket | undefined;

  constructor(
    response: Dispatcher.ResponseData,
    ticket: BudgetTicket,
    private readonly counters: RequestCounters,
  ) {
    this.status = response.statusCode;
    this.headers = response.headers;
    this.#body = response.body;
    this.#ticket = ticket;
  }

  /** The whole body as text, unpacked. */
  async text(): Promise<string> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this.pieces()) {
      length += piece.length;
      if (length > MAX_TEXT_BYTES) throw unexpectedAnswer(`a JSON body has at most ${MAX_TEXT_BYTES} bytes`);
      pieces.push(piece);
    }
    const whole = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    const plain =
      this.headers['content-encoding'] === 'gzip' ? await unzip(whole, { maxOutputLength: MAX_TEXT_BYTES }) : whole;
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString('utf8');
  }

  /** The body's bytes as they come; a break in the middle is thrown. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let status = 0;
    try {
      for await (const piece of this.#body as AsyncIterable<Uint8Array>) {
        this.counters.bytesIn += piece.length;
        yield piece;
      }
      status = this.status;
    } catch (cause) {
      throw brokenAnswer(cause);
    } finally {
      this.#close(status);
    }
  }

  /** Lets the body go unread. */
  async discard(): Promise<void> {
    await this.#body.dump().catch(() => undefined);
    this.#close(this.status);
  }

  #close(status: number): void {
    const wait = retryAfterMs(this.headers);
    const rateLimit = rateLimitOf(this.headers);
    this.#ticket?.done({
      status,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      ...(rateLimit === undefined ? {} : { rateLimit }),
    });
    this.#ticket = undefined;
  }
}
