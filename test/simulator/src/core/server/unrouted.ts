import { randomUUID } from 'node:crypto';
import { ApiError, errorBody } from '../api-error.js';
import type { SimResponse } from '../route.js';
import { SignInError } from '../signin/aadsts.js';
import { SignInEndpoints } from '../signin/signin-endpoints.js';
import type { World } from '../world.js';
import { ConnectionBreak, faultError, waitMs, type Injected } from './act-fault.js';
import type { About, Answer } from './answer.js';
import type { Batch } from './batch.js';
import { readAll } from './body-source.js';
import type { IncomingCall } from './sim-request.js';

const FORM_BYTES = 64 * 1024;

/** Calls that have no route and no budget of their own: sign-in, and the batch around its members. */
export class Unrouted {
  readonly #signIn: SignInEndpoints;

  constructor(
    private readonly world: World,
    private readonly batch: Batch,
  ) {
    this.#signIn = new SignInEndpoints(world);
  }

  async answerBatch(call: IncomingCall): Promise<Answer> {
    const about = aboutOf('/$batch', '');
    return this.#guarded(call, about, () => this.batch.answer(call));
  }

  async answerSignIn(call: IncomingCall): Promise<Answer> {
    const realm = call.path.split('/')[1] ?? '';
    const about = aboutOf(call.path.replace(/^\/[^/]+/, '/{tenant}'), this.world.findTenant(realm)?.id ?? '');
    return this.#guarded(call, about, async () => {
      const answer = await this.#signIn.answer({
        ...call,
        correlationId: call.headers['client-request-id'] ?? randomUUID(),
        form: async () => new URLSearchParams((await readAll(call.body, FORM_BYTES)).toString()),
      });
      if (answer) return answer;
      const words = `Nothing answers ${call.method} ${call.path}; Graph's paths start with /v1.0/.`;
      throw new ApiError(404, 'NotFound', words);
    });
  }

  /** Strikes the fault script, then does the work; refusals are answers. */
  async #guarded(call: IncomingCall, about: About, work: () => Promise<SimResponse>): Promise<Answer> {
    const release = (): void => undefined;
    const injected: Injected = { rule: undefined };
    try {
      await this.#inject(call, about, injected);
      const breakAfter = injected.rule?.fault === 'reset' ? { breakAfterBytes: injected.rule.bytes ?? 0 } : {};
      return { about, release, response: await work(), ...breakAfter };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { about, release, response: this.#refusal(call, error, injected) };
    }
  }

  async #inject(call: IncomingCall, about: About, injected: Injected): Promise<void> {
    const { method, path } = call;
    const rule = this.world.faults.strike({ method, path, tenantId: about.tenantId, users: [], bucket: 'none' });
    if (!rule) return;
    injected.rule = rule;
    about.fault = rule.fault;
    if (rule.fault === 'reset' && rule.bytes === undefined) throw new ConnectionBreak(about);
    if (rule.fault === 'slow') await waitMs(rule.ms ?? 1000);
    const error = faultError(rule, 'none', 'graph');
    if (error) throw error;
  }

  /** Sign-in words its refusals in its own way: a throttled tenant is AADSTS90055. */
  #refusal(call: IncomingCall, error: ApiError, { rule }: Injected): SimResponse {
    const { status } = error;
    const headers = error.details.headers ?? {};
    if (rule?.fault === '500-empty-body') return { status, headers };
    const requestId = call.headers['client-request-id'] ?? randomUUID();
    const at = this.world.clock.now();
    const isThrottledSignIn = status === 429 && !call.isGraph;
    return {
      status,
      headers,
      body: isThrottledSignIn ? new SignInError(90055).body(at, requestId) : errorBody(error, at, requestId),
    };
  }
}

function aboutOf(route: string, tenantId: string): About {
  return { route, tenantId, user: '', bucket: 'none', cost: 0 };
}
