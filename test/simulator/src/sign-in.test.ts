import { ConfidentialClientApplication, type NodeAuthOptions } from '@azure/msal-node';
import { Client } from '@microsoft/microsoft-graph-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Organization, User } from '@microsoft/microsoft-graph-types';
import { readFileSync } from 'node:fs';
import { Agent, fetch as undiciFetch, setGlobalDispatcher } from 'undici';
import { startSimulator, type RunningSimulator, type TenantInfo } from './index.js';

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

  it('refuses a wrong secret with AADSTS7000215', async () => {
    await expect(token({ clientSecret: 'wrong' })).rejects.toMatchObject({
      errorCode: 'invalid_client',
      errorNo: 7000215,
    });
  });
});
