import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { BudgetTicket } from '../budget/request-budget.port.js';
import type { GraphFailure } from '../graph-failure.js';
import type { RequestCounters } from '../request-counters.js';
import { brokenAnswer, failureFrom, unexpectedAnswer } from './error-body.js';
import { type HeaderMap, rateLimitOf, retryAfterMs } from './headers.js';
import type { Answer } from './transport.js';

const unzip = promisify(gunzip);
/** A page of a hundred messages is about 2 MB; more than this is no JSON that we asked for. */
const MAX_TEXT_BYTES = 128 * 1024 * 1024;

/** How an answer ended: status 0 when it broke off. */
interface Seen {
  readonly status: number;
  readonly graphCode?: string;
}

/** An answer whose body is still on its way. One of the four ways to end it is taken, which also gives the budget's place back. */
export class OpenAnswer {
  #ticket: BudgetTicket | undefined;

  constructor(
    private readonly answer: Answer,
    ticket: BudgetTicket,
    private readonly counters: RequestCounters,
  ) {
    this.#ticket = ticket;
  }

  get status(): number {
    return this.answer.status;
  }

  get headers(): HeaderMap {
    return this.answer.headers;
  }

  /** The whole body as text, unpacked. */
  async text(): Promise<string> {
    let status = 0;
    try {
      const text = await this.#text();
      status = this.status;
      return text;
    } finally {
      this.#close({ status });
    }
  }

  /** The refusal that an answer of status 400 and above is. */
  async failure(): Promise<GraphFailure> {
    let seen: Seen = { status: 0 };
    try {
      const failure = failureFrom(this.status, this.headers, await this.#text());
      seen = failure;
      return failure;
    } finally {
      this.#close(seen);
    }
  }

  /** The body's bytes as they come; a break in the middle is thrown. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    let status = 0;
    try {
      for (let piece = await this.answer.body.next(); piece; piece = await this.answer.body.next()) {
        this.counters.bytesIn += piece.length;
        yield piece;
      }
      status = this.status;
    } catch (cause) {
      throw brokenAnswer(cause);
    } finally {
      this.answer.body.cutOff();
      this.#close({ status });
    }
  }

  async #text(): Promise<string> {
    const whole = await this.#whole();
    if (!whole) throw unexpectedAnswer(`a JSON body has at most ${MAX_TEXT_BYTES} bytes`);
    const isPacked = this.headers['content-encoding'] === 'gzip';
    const plain = isPacked ? await unzip(whole, { maxOutputLength: MAX_TEXT_BYTES }) : whole;
    return plain.toString('utf8');
  }

  async #whole(): Promise<Buffer | undefined> {
    try {
      const whole = await this.answer.body.whole(MAX_TEXT_BYTES);
      this.counters.bytesIn += whole?.byteLength ?? 0;
      return whole;
    } catch (cause) {
      throw brokenAnswer(cause);
    }
  }

  /** Lets the body go unread. */
  async discard(): Promise<void> {
    await this.answer.body.discard().catch(() => undefined);
    this.#close({ status: this.status });
  }

  #close({ status, graphCode = '' }: Seen): void {
    const wait = retryAfterMs(this.headers);
    const rateLimit = rateLimitOf(this.headers);
    this.#ticket?.done({
      status,
      graphCode,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
      ...(rateLimit === undefined ? {} : { rateLimit }),
    });
    this.#ticket = undefined;
  }
}
