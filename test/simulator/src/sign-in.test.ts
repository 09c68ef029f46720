import { ConfidentialClientApplication, type NodeAuthOptions } from '@azure/msal-node';
import { Client } from '@microsoft/microsoft-graph-client';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Organization, User } from '@microsoft/microsoft-graph-types';
import { decodeJwt } from 'jose';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, fetch as undiciFetch, setGlobalDispatcher } from 'undici';
import { makeAppCertificate } from './core/certificates.js';
import { startSimulator, type RunningSimulator, type TenantInfo } from './index.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

let simulator: RunningSimulator;
let tenant: TenantInfo;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7, users: 25, messages: 3, files: 3 });
  tenant = simulator.tenants[0]!;
  // MSAL and the Graph client use the global fetch; this is what NODE_EXTRA_CA_CERTS does for a whole process.
  setGlobalDispatcher(new Agent({ connect: { ca: readFileSync(simulator.ca) } }));
  globalThis.fetch = undiciFetch as unknown as typeof globalThis.fetch;
});
afterAll(() => simulator.close());

function msal(credential: Partial<NodeAuthOptions>): ConfidentialClientApplication {
  const authority = `${simulator.login}/${tenant.tenantId}`;
  const knownAuthorities = [new URL(simulator.login).host];
  return new ConfidentialClientApplication({
    auth: { clientId: tenant.clientId, authority, knownAuthorities, ...credential },
  });
}

const scopes = ['https://graph.microsoft.com/.default'];

async function token(credential: Partial<NodeAuthOptions>): Promise<string> {
  return (await msal(credential).acquireTokenByClientCredential({ scopes }))!.accessToken;
}

function graph(accessToken: string): Client {
  return Client.init({
    baseUrl: simulator.graph,
    customHosts: new Set(['127.0.0.1']),
    authProvider: (done) => done(null, accessToken),
  });
}

describe('sign-in', () => {
  it('gives MSAL a token for a secret, which the Graph client uses unpatched', async () => {
    const client = graph(await token({ clientSecret: tenant.clientSecret }));
    const users = (await client.api('/users').select('id,accountEnabled').top(999).get()) as { value: User[] };
    expect(users.value).toHaveLength(25);
  });

  it('gives MSAL a token for a certificate', async () => {
    const { privateKey, thumbprintSha256 } = tenant.certificate;
    const client = graph(await token({ clientCertificate: { privateKey, thumbprintSha256 } }));
    const organizations = (await client.api('/organization').get()) as { value: Organization[] };
    expect(organizations.value[0]?.id).toBe(tenant.tenantId);
  });

  it('takes the older assertion by SHA-1 thumbprint', async () => {
    const { privateKey, certificate } = tenant.certificate;
    const thumbprint = new X509Certificate(certificate).fingerprint.replaceAll(':', '');
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the older form is what is proven here
    expect(await token({ clientCertificate: { privateKey, thumbprint } })).toMatch(/^ey/);
  });

  it('puts the granted roles into the token', async () => {
    const claims = decodeJwt(await token({ clientSecret: tenant.clientSecret }));
    expect(claims).toMatchObject({ aud: 'https://graph.microsoft.com', tid: tenant.tenantId, appid: tenant.clientId });
    expect(claims['roles']).toContain('Mail.ReadWrite');
  });

  it('refuses a wrong secret with AADSTS7000215', async () => {
    const refusal = { errorCode: 'invalid_client', errorNo: 7000215 };
    await expect(token({ clientSecret: 'wrong' })).rejects.toMatchObject(refusal);
  });

  it('refuses a certificate that is not registered, or a key that is not its own, with AADSTS700027', async () => {
    const stranger = await makeAppCertificate('Stranger');
    const { privateKey, thumbprintSha256 } = stranger;
    const refusal = { errorCode: 'invalid_client', errorNo: 700027 };
    await expect(token({ clientCertificate: { privateKey, thumbprintSha256 } })).rejects.toMatchObject(refusal);
    const borrowed = { privateKey, thumbprintSha256: tenant.certificate.thumbprintSha256 };
    await expect(token({ clientCertificate: borrowed })).rejects.toMatchObject(refusal);
  });

  it('refuses unknown apps, tenants, resources and grants with their codes', async () => {
    const good = {
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
      scope: scopes.join(' '),
      grant_type: 'client_credentials',
    };
    const unknown = '00000000-0000-4000-8000-000000000000';
    expect(await refusalOf(tenant.tenantId, { ...good, client_id: unknown })).toEqual([700016]);
    expect(await refusalOf(unknown, good)).toEqual([90002]);
    expect(await refusalOf(tenant.tenantId, { ...good, scope: 'https://example.com/.default' })).toEqual([500011]);
    expect(await refusalOf(tenant.tenantId, { ...good, scope: 'Mail.Read' })).toEqual([70011]);
    expect(await refusalOf(tenant.tenantId, { ...good, grant_type: 'password' })).toEqual([70003]);
    expect(await refusalOf(tenant.tenantId, { grant_type: 'client_credentials' })).toEqual([900144]);
  });
});

async function refusalOf(realm: string, form: Record<string, string>): Promise<unknown> {
  const url = `${simulator.login}/${realm}/oauth2/v2.0/token`;
  const reply = await undiciFetch(url, { method: 'POST', body: new URLSearchParams(form) });
  return ((await reply.json()) as { error_codes: number[] }).error_codes;
}
