import { randomUUID } from 'node:crypto';
import { ApiError, errorBody } from '../api-error.js';
import type { FaultRule, FaultSubject, ServerFault } from '../faults.js';
import { parseQuery } from '../odata.js';
import type { Bucket, Method, Principal, RequestContext, Route, SimResponse, WorkloadFault } from '../route.js';
import { Router } from '../router.js';
import type { SimTenant } from '../tenant.js';
import type { World } from '../world.js';
import { authenticate, authorize } from './access.js';
import type { About, Answer } from './answer.js';
import { broken, ConnectionBreak, faultError, waitMs, type Injected } from './act-fault.js';
import { type ContentPlace, TOKEN_BESIDE_LINK } from './content-links.js';
import { RoutedRequest, type IncomingCall } from './sim-request.js';

interface Found {
  readonly route: Route;
  readonly request: RoutedRequest;
  readonly options: ReadonlySet<string>;
}

const noRelease = (): void => undefined;

/** What every call to Graph or the content host goes through: route, token, fault, permission, budget, handler. */
export class Pipeline {
  readonly #graph: Router;
  readonly #content: Router;

  constructor(
    private readonly world: World,
    routes: readonly Route[],
    private readonly place: ContentPlace,
  ) {
    this.#graph = new Router(routes.filter(({ host }) => host !== 'content'));
    this.#content = new Router(routes.filter(({ host }) => host === 'content'));
  }

  /** Which service would answer; 'none' when nobody would. */
  bucketOf(method: string, path: string): Bucket {
    const match = this.#graph.match(method, path);
    return match.found === 'route' ? match.route.bucket : 'none';
  }

  /** The caller of a batch, which has no route of its own. */
  authenticate(authorization: string | undefined): Principal {
    return authenticate(this.world.tokens, authorization, this.#now);
  }

  /** Never throws but for a broken connection ({@link ConnectionBreak}); refusals are answers. */
  async answer(call: IncomingCall): Promise<Answer> {
    const about: About = { route: '', tenantId: '', user: '', bucket: 'none', cost: 0 };
    const requestId = randomUUID();
    const injected: Injected = { rule: undefined };
    try {
      const answer = await this.#run(call, about, injected);
      return { ...answer, response: this.#complete(answer.response, call, about.bucket, requestId) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const clientId = call.headers['client-request-id'] ?? requestId;
      const body =
        injected.rule?.fault === '500-empty-body'
          ? undefined
          : errorBody(error, this.world.clock.now(), requestId, clientId);
      const response = { status: error.status, headers: error.details.headers ?? {}, ...(body ? { body } : {}) };
      return { about, release: noRelease, response: this.#complete(response, call, 'none', requestId) };
    }
  }

  async #run(call: IncomingCall, about: About, injected: Injected): Promise<Answer> {
    const found = this.#find(call);
    const { route, request } = found;
    about.route = route.pattern;
    about.bucket = route.bucket;
    about.user = request.params['user'] ?? request.params['drive'] ?? '';
    const principal = this.#principal(call, route);
    about.tenantId = principal.tenantId;
    const tenant = this.world.tenants.get(principal.tenantId);
    if (!tenant) throw new ApiError(401, 'InvalidAuthenticationToken', 'The tenant of the token does not exist.');
    const userId = tenant.findUser(about.user)?.id ?? about.user;
    const subject = {
      method: call.method,
      path: call.path,
      tenantId: tenant.id,
      users: [about.user, userId],
      bucket: route.bucket,
    };
    about.user = userId;
    const rule = this.#inject(subject, call, about, injected);
    if (route.host !== 'content') authorize(route, principal);
    request.query = parseQuery(call.queryText, found.options);
    about.cost = route.cost?.(request) ?? 1;
    const pass = this.world.throttle.admit(tenant, principal, {
      bucket: route.bucket,
      cost: about.cost,
      mailbox: userId,
      uploadBytes: call.method === 'GET' || call.method === 'DELETE' ? 0 : (request.contentLength ?? 0),
      licences: this.world.licencesOf(tenant),
    });
    try {
      if (rule?.fault === 'slow') await waitMs(rule.ms ?? 1000);
      const response = await route.handle(this.#context(request, principal, tenant, subject));
      const headers = { ...pass.headers, ...response.headers };
      // The answers of a batch are one JSON: its members cannot be broken one by one.
      const fault = call.batchMember === undefined ? rule?.fault : undefined;
      const sent = broken({ ...response, headers }, fault);
      const breakAfter = rule?.fault === 'reset' ? { breakAfterBytes: rule.bytes ?? 0 } : {};
      return { response: sent, about, release: () => pass.release(), ...breakAfter };
    } catch (error) {
      pass.release();
      throw error;
    }
  }

  #find(call: IncomingCall): Found {
    const router = call.host === 'content' ? this.#content : this.#graph;
    const match = router.match(call.method, call.path);
    if (match.found === 'nothing')
      throw new ApiError(
        call.host === 'content' ? 404 : 400,
        'BadRequest',
        `Resource not found for the segment '${match.segment}'.`,
      );
    if (match.found === 'path')
      throw new ApiError(405, 'BadRequest', 'Specified HTTP method is not allowed for the request target.');
    const method: Method = match.route.method;
    return { route: match.route, options: match.options, request: new RoutedRequest(call, method, match.params) };
  }

  #principal(call: IncomingCall, route: Route): Principal {
    if (route.host !== 'content') return this.authenticate(call.headers['authorization']);
    const tempauth = /(?:^|&)tempauth=([^&]+)/.exec(call.queryText)?.[1];
    const principal = this.world.links.check(call.path, tempauth, this.#now);
    const switches = this.world.tenants.get(principal.tenantId)?.switches;
    if (call.headers['authorization'] !== undefined && switches?.get(TOKEN_BESIDE_LINK) !== 'passed-over')
      throw new ApiError(
        401,
        'unauthenticated',
        'A pre-authenticated URL must be used without an Authorization header.',
      );
    return principal;
  }

  /** A tenant's time; that of the service for a tenant that does not exist. */
  readonly #now = (tenantId: string): number => (this.world.tenants.get(tenantId) ?? this.world).clock.now();

  /** Strikes the fault script; throws where the fault is an answer by itself. */
  #inject(
    subject: FaultSubject,
    call: IncomingCall,
    about: About,
    injected: Injected,
  ): (FaultRule & { fault: ServerFault }) | undefined {
    const rule = this.world.faults.strike(subject);
    if (!rule) return undefined;
    injected.rule = rule;
    about.fault = rule.fault;
    if (rule.fault === 'reset' && rule.bytes === undefined) throw new ConnectionBreak(about);
    const error = faultError(rule, subject.bucket, call.host);
    if (error) throw error;
    return rule;
  }

  #context(request: RoutedRequest, principal: Principal, tenant: SimTenant, subject: FaultSubject): RequestContext {
    const { world, place } = this;
    return {
      request,
      principal,
      tenant,
      clock: tenant.clock,
      fault: (name: WorkloadFault) => world.faults.strikeWorkload(name, subject),
      graphUrl: (pathAndQuery) => `${request.origin}/v1.0${pathAndQuery}`,
      contentUrl: (path, validMs) => {
        const { origin } = request;
        const expiresAt = tenant.clock.now() + validMs;
        return world.links.make({ origin, place, path, tenant, appId: principal.appId, expiresAt });
      },
    };
  }

  #complete(response: SimResponse, call: IncomingCall, bucket: Bucket, requestId: string): SimResponse {
    const isImmutable = bucket === 'outlook' && /IdType\s*=\s*"?ImmutableId/i.test(call.headers['prefer'] ?? '');
    const headers = {
      'request-id': requestId,
      'client-request-id': call.headers['client-request-id'] ?? requestId,
      'x-ms-ags-diagnostic': '{"ServerInfo":{"DataCenter":"Simulator","Slice":"E","Ring":"1"}}',
      ...(isImmutable ? { 'Preference-Applied': 'IdType="ImmutableId"' } : {}),
      ...response.headers,
    };
    return { ...response, headers };
  }
}
