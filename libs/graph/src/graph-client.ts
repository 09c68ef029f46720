import type { Clock, RandomBytes } from '@holdfast/kernel';
import type { BudgetDemand, BudgetTicket, RequestBudget } from './budget/request-budget.port.js';
import type { CloudSettings } from './cloud.js';
import { GraphFailure } from './graph-failure.js';
import type { GraphRequest, PreauthenticatedRequest } from './graph-request.js';
import { brokenAnswer, unexpectedAnswer } from './http/error-body.js';
import { OpenAnswer } from './http/open-answer.js';
import { RequestIds } from './http/request-ids.js';
import { routeOf } from './http/route-of.js';
import { RETRY_LIMITS, type RetryLimits, Tries, waitBeforeRetry } from './http/retry-policy.js';
import type { Answer, Transport, TransportRequest } from './http/transport.js';
import { relativeLink } from './links.js';
import { RequestCounters } from './request-counters.js';
import type { RequestObserver } from './request-observer.port.js';
import { PRODUCT_VERSION } from './product-version.js';
import type { TokenSource } from './token-source.port.js';

/** As Microsoft asks vendors to name themselves. */
const USER_AGENT = `ISV|Holdfast|Holdfast/${PRODUCT_VERSION}`;

export interface GraphClientOptions {
  readonly cloud: CloudSettings;
  readonly transport: Transport;
  readonly tokens: TokenSource;
  readonly budget: RequestBudget;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly counters?: RequestCounters;
  /** Nobody is told when absent. */
  readonly observer?: RequestObserver;
  readonly retry?: RetryLimits;
}

/** A request on the wire but for what is made afresh for each try. */
interface Prepared {
  readonly request: Pick<GraphRequest, 'demand' | 'isRepeatable'>;
  readonly wire: TransportRequest;
  readonly isSigned: boolean;
}

/** Tokens that one call may find refused: between two of them another may have ended, too. */
const REFUSED_TOKENS = 2;

/** What one call has come to over its tries. */
interface Call {
  refusedTokens: number;
  hasNewToken: boolean;
}

/**
 * One tenant's Microsoft Graph: asks for budget, signs, repeats what is worth it, and turns refusals into {@link GraphFailure}s.
 * Every Outlook id it meets is an immutable id.
 */
export class GraphClient {
  readonly counters: RequestCounters;
  readonly #origin: string;
  readonly #retry: RetryLimits;
  readonly #requestIds: RequestIds;
  #wasDenied = false;

  constructor(private readonly options: GraphClientOptions) {
    this.counters = options.counters ?? new RequestCounters();
    this.#origin = new URL(options.cloud.graphBaseUrl).origin;
    this.#retry = options.retry ?? RETRY_LIMITS;
    this.#requestIds = new RequestIds(options.random);
  }

  /** The parsed JSON of the answer, unchecked; undefined when the answer has no body by intent (202, 204). */
  json(request: GraphRequest, signal?: AbortSignal): Promise<unknown> {
    return this.#repeating(
      this.#prepare({ ...request, headers: { 'accept-encoding': 'gzip', ...request.headers } }, signal),
      readJson,
    );
  }

  /** The answer with its body unread; redirects are answers. What breaks later in the body is the caller's to repeat. */
  open(request: GraphRequest, signal?: AbortSignal): Promise<OpenAnswer> {
    return this.#repeating(this.#prepare(request, signal), async (answer) => answer);
  }

  /** Like {@link open}, to an address that carries its own right. Neither token nor preferences are sent. */
  openPreauthenticated(request: PreauthenticatedRequest, signal?: AbortSignal): Promise<OpenAnswer> {
    const { protocol, origin, pathname, search } = new URL(request.url);
    if (protocol !== 'https:') throw unexpectedAnswer('an address of content begins with https://');
    const headers = { 'user-agent': USER_AGENT, ...request.headers };
    const wire = wireOf(request, origin, pathname + search, headers, signal);
    return this.#repeating({ ...sent(request, wire), isSigned: false }, async (answer) => answer);
  }

  /** A link of an answer, without its origin, fit to be kept; refused when it leads to another host. */
  keepLink(link: string): string {
    return relativeLink(this.#origin, link);
  }

  /**
   * Waits before a whole read is tried again after `failure`; rethrows it when it is final. For bodies that broke in the middle,
   * which only the one who reads them can take up again.
   */
  async waitOrThrow(failure: unknown, tries: Tries, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!(failure instanceof GraphFailure)) throw failure;
    const tried = tries.count(failure);
    const waitMs = waitBeforeRetry({ failure, tried, isRepeatable: true }, this.#retry, this.options.random);
    if (waitMs === undefined) throw failure;
    this.counters.repeated += 1;
    await this.options.clock.sleep(waitMs, signal);
  }

  /** Lets the budget know of a refusal that came inside another answer, as in a batch. */
  heed(demand: BudgetDemand, { status, graphCode, details }: GraphFailure): void {
    const { retryAfterMs } = details;
    this.options.budget.heed(demand, { status, graphCode, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  }

  #prepare(request: GraphRequest, signal: AbortSignal | undefined): Prepared {
    const path = /^\/(v1\.0|beta)\//.test(request.path) ? request.path : this.#pathOf(request.path);
    const headers: Record<string, string> = {
      accept: 'application/json',
      'user-agent': USER_AGENT,
      prefer: ['IdType="ImmutableId"', ...(request.prefer ?? [])].join(', '),
      ...request.headers,
    };
    return { ...sent(request, wireOf(request, this.#origin, path, headers, signal)), isSigned: true };
  }

  #pathOf(path: string): string {
    return path.startsWith('https://') ? relativeLink(this.#origin, path) : `/v1.0${path}`;
  }

  async #repeating<T>(prepared: Prepared, use: (answer: OpenAnswer) => Promise<T>): Promise<T> {
    const isRepeatable = prepared.request.isRepeatable ?? prepared.wire.method !== 'POST';
    const call: Call = { refusedTokens: 0, hasNewToken: false };
    const tries = new Tries();
    for (;;) {
      try {
        return await use(await this.#once(prepared, call));
      } catch (error) {
        prepared.wire.signal?.throwIfAborted();
        if (!(error instanceof GraphFailure)) throw error;
        if (error.code === 'GRAPH_THROTTLED') this.counters.throttled += 1;
        if (call.hasNewToken) {
          call.hasNewToken = false;
        } else {
          const tried = tries.count(error);
          const waitMs = waitBeforeRetry({ failure: error, tried, isRepeatable }, this.#retry, this.options.random);
          if (waitMs === undefined) throw error;
          await this.options.clock.sleep(waitMs, prepared.wire.signal);
        }
        this.counters.repeated += 1;
        this.options.observer?.repeated(prepared.request.demand.bucket, error.code);
      }
    }
  }

  async #once({ request, wire, isSigned }: Prepared, call: Call): Promise<OpenAnswer> {
    const ticket = this.#timed(await this.options.budget.acquire(request.demand, wire.signal));
    let token: string | undefined;
    let answer: OpenAnswer;
    try {
      token = isSigned ? await this.options.tokens.getToken(wire.signal) : undefined;
      this.counters.request(request.demand);
      answer = new OpenAnswer(await this.#observed(request, wire, token), ticket, this.counters);
    } catch (error) {
      ticket.done({ status: 0 });
      throw error;
    }
    if (answer.status < 400) return answer;
    if (token !== undefined && this.#isTokensFault(answer.status)) {
      this.options.tokens.invalidate(token);
      call.refusedTokens += 1;
      call.hasNewToken = call.refusedTokens <= REFUSED_TOKENS;
    }
    throw await answer.failure();
  }

  /** Measures how long the request takes that goes by the ticket. */
  #timed(ticket: BudgetTicket): BudgetTicket {
    const since = this.options.clock.now();
    return {
      done: (outcome) => {
        this.counters.requestMs += this.options.clock.now() - since;
        ticket.done(outcome);
      },
    };
  }

  /** A token keeps the permissions that the app had when it was issued: of the first denial, a new one may know better. */
  #isTokensFault(status: number): boolean {
    const isFirstDenial = status === 403 && !this.#wasDenied;
    this.#wasDenied ||= isFirstDenial;
    return status === 401 || isFirstDenial;
  }

  #observed(
    { demand: { bucket } }: Prepared['request'],
    wire: TransportRequest,
    token: string | undefined,
  ): Promise<Answer> {
    const { observer } = this.options;
    if (!observer) return this.#send(wire, token);
    return observer.sending({ method: wire.method, route: routeOf(wire.path), bucket }, () => this.#send(wire, token));
  }

  async #send(wire: TransportRequest, token: string | undefined): Promise<Answer> {
    const headers = { ...wire.headers, 'client-request-id': this.#requestIds.next() };
    const signed = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
    try {
      return await this.options.transport.request({ ...wire, headers: signed });
    } catch (cause) {
      throw brokenAnswer(cause);
    }
  }
}

/** The demand names the bytes that the request sends: the mailbox's budget counts them. */
function sent(
  request: Pick<GraphRequest, 'demand' | 'isRepeatable'>,
  wire: TransportRequest,
): Omit<Prepared, 'isSigned'> {
  const uploadBytes = wire.body === undefined ? 0 : Buffer.byteLength(wire.body);
  return { request: { ...request, demand: { ...request.demand, uploadBytes } }, wire };
}

function wireOf(
  request: Omit<GraphRequest, 'path'>,
  origin: string,
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): TransportRequest {
  const body = request.json === undefined ? request.bytes?.content : JSON.stringify(request.json);
  const type = request.json === undefined ? request.bytes?.type : 'application/json';
  return {
    method: request.method ?? 'GET',
    origin,
    path,
    headers: type === undefined ? headers : { ...headers, 'content-type': type },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  };
}

async function readJson(answer: OpenAnswer): Promise<unknown> {
  const text = await answer.text();
  if (text !== '') {
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw unexpectedAnswer('a body is JSON', cause);
    }
  }
  if (answer.status === 200) throw brokenAnswer(new Error('200 with an empty body'));
  return undefined;
}
