import { unconfirmed } from '../switches.js';
import type { SimClock } from '../sim-clock.js';
import type { SimTenant } from '../tenant.js';
import { SignInError } from './aadsts.js';
import type { AppRegistration } from './app-registration.js';
import { ASSERTION_TYPE, checkAssertion } from './client-assertion.js';
import { TOKEN_LIFE_SECONDS, type Audience, type TokenStore } from './token-store.js';

export const invalidClientSwitch = unconfirmed<number>({
  name: 'signin.invalid-client-status',
  choices: [401, 400],
  because: 'The error page says 400 for all; traces show 401 for invalid_client.',
});

/** What the sign-in endpoints need to know of the world. */
export interface SignInWorld {
  readonly clock: SimClock;
  readonly tokens: TokenStore;
  findTenant(idOrDomain: string): SimTenant | undefined;
  findApp(clientId: string): AppRegistration | undefined;
}

export interface SignInCall {
  readonly method: string;
  readonly path: string;
  /** Scheme, host and port that the client used. */
  readonly origin: string;
  /** The client's `client-request-id`. */
  readonly correlationId: string;
  form(): Promise<URLSearchParams>;
}

export interface SignInAnswer {
  readonly status: number;
  readonly body: object;
  readonly tenantId: string;
}

const ROUTE =
  /^\/([^/]+)\/(v2\.0\/\.well-known\/openid-configuration|discovery\/v2\.0\/keys|oauth2\/v2\.0\/token|discovery\/instance)$/;

/** Answers the sign-in paths that MSAL uses for client credentials (docs: entra v2-protocols-oidc, v2-oauth2-client-creds-grant-flow). */
export class SignInEndpoints {
  constructor(private readonly world: SignInWorld) {}

  /** Undefined when the path is none of sign-in's. The form is read only for the token endpoint. */
  async answer(call: SignInCall): Promise<SignInAnswer | undefined> {
    const [, realm = '', endpoint] = ROUTE.exec(call.path) ?? [];
    if (endpoint === undefined || call.method !== (endpoint === 'oauth2/v2.0/token' ? 'POST' : 'GET')) return undefined;
    const tenant = this.world.findTenant(realm);
    try {
      return await this.#answer(endpoint, tenant, call);
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      const status = error.status === 401 && tenant ? tenant.switches.get(invalidClientSwitch) : error.status;
      return { status, tenantId: tenant?.id ?? '', body: error.body(this.world.clock.now(), call.correlationId) };
    }
  }

  async #answer(endpoint: string, tenant: SimTenant | undefined, call: SignInCall): Promise<SignInAnswer> {
    const { origin } = call;
    if (endpoint === 'discovery/instance') return { status: 200, tenantId: '', body: instanceDiscovery(origin) };
    if (endpoint === 'discovery/v2.0/keys')
      return { status: 200, tenantId: '', body: { keys: [this.world.tokens.jwk] } };
    if (!tenant) throw new SignInError(90002);
    if (endpoint === 'oauth2/v2.0/token') return this.#token(tenant, origin, await call.form());
    return { status: 200, tenantId: tenant.id, body: openIdConfiguration(origin, tenant.id) };
  }

  async #token(tenant: SimTenant, origin: string, form: URLSearchParams): Promise<SignInAnswer> {
    const grant = form.get('grant_type');
    const clientId = form.get('client_id');
    const scope = form.get('scope');
    if (grant === null || clientId === null || scope === null) throw new SignInError(900144);
    if (grant !== 'client_credentials') throw new SignInError(70003);
    const app = this.world.findApp(clientId);
    const roles = app?.rolesIn(tenant.id);
    if (!app || !roles) throw new SignInError(700016);
    if (app.isDisabled) throw new SignInError(7000112);
    const isByCertificate = await this.#checkCredential(app, tenant, origin, form);
    const { audience, resource } = parseScope(scope, tenant, origin);
    const principal = { tenantId: tenant.id, appId: app.clientId, roles };
    const token = await this.world.tokens.issue({
      principal,
      audience,
      resource,
      isByCertificate,
      clock: tenant.clock,
    });
    return {
      status: 200,
      tenantId: tenant.id,
      body: {
        token_type: 'Bearer',
        expires_in: TOKEN_LIFE_SECONDS,
        ext_expires_in: TOKEN_LIFE_SECONDS,
        access_token: token,
      },
    };
  }

  /** True for a certificate, false for a secret; throws when neither proves the app. */
  async #checkCredential(
    app: AppRegistration,
    tenant: SimTenant,
    origin: string,
    form: URLSearchParams,
  ): Promise<boolean> {
    const assertion = form.get('client_assertion');
    if (assertion !== null) {
      if (form.get('client_assertion_type') !== ASSERTION_TYPE) throw new SignInError(900144);
      const hosts = [origin, 'https://login.microsoftonline.com'];
      const audiences = hosts.flatMap((host) => [
        `${host}/${tenant.id}/oauth2/v2.0/token`,
        `${host}/${tenant.id}/v2.0`,
      ]);
      await checkAssertion(app, assertion, audiences);
      return true;
    }
    const value = form.get('client_secret');
    if (value === null) throw new SignInError(7000218);
    const secret = app.findSecret(value);
    if (!secret) throw new SignInError(7000215);
    if (secret.expiresAt !== undefined && secret.expiresAt <= tenant.clock.now()) throw new SignInError(7000222);
    return false;
  }
}

/** Only `{resource}/.default` is valid for client credentials; the resource is Graph or the tenant's SharePoint. */
function parseScope(scope: string, tenant: SimTenant, origin: string): { audience: Audience; resource: string } {
  const resource = /^(.+?)\/?\/\.default$/.exec(scope.trim())?.[1];
  if (resource === undefined) throw new SignInError(70011);
  const graph = ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000', origin];
  if (graph.includes(resource)) return { audience: 'graph', resource };
  const sharePoint = [`https://${tenant.prefix}.sharepoint.com`, `https://${tenant.prefix}-my.sharepoint.com`];
  if (sharePoint.includes(resource)) return { audience: 'sharepoint', resource };
  throw new SignInError(500011);
}

/** The issuer has to have the authority's scheme, host and port, or MSAL stops (msal-node 7, endpoints_resolution_error). */
function openIdConfiguration(origin: string, tenantId: string): object {
  return {
    token_endpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${origin}/${tenantId}/v2.0`,
    authorization_endpoint: `${origin}/${tenantId}/oauth2/v2.0/authorize`,
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
    msgraph_host: 'graph.microsoft.com',
  };
}

/** docs: msal-js performance, cloudDiscoveryMetadata. */
function instanceDiscovery(origin: string): object {
  const host = new URL(origin).host;
  return {
    tenant_discovery_endpoint: `${origin}/common/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
