import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Agent, fetch } from 'undici';
import { startSimulator, type RunningSimulator, type TenantInfo } from './index.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

let simulator: RunningSimulator;
let tenant: TenantInfo;
let dispatcher: Agent;
let port: string;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7, users: 1, messages: 1, files: 1 });
  tenant = simulator.tenants[0]!;
  port = new URL(simulator.graph).port;
  // What /etc/hosts would do: every name leads to the simulator; the certificate is checked as ever.
  dispatcher = new Agent({
    connect: {
      ca: readFileSync(simulator.ca),
      lookup: (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    },
  });
});
afterAll(async () => {
  await dispatcher.close();
  await simulator.close();
});

async function token(): Promise<string> {
  const { clientId: client_id, clientSecret: client_secret, tenantId } = tenant;
  const form = {
    client_id,
    client_secret,
    scope: 'https://graph.microsoft.com/.default',
    grant_type: 'client_credentials',
  };
  const url = `https://login.microsoftonline.com:${port}/${tenantId}/oauth2/v2.0/token`;
  const reply = await fetch(url, { method: 'POST', body: new URLSearchParams(form), dispatcher });
  return ((await reply.json()) as { access_token: string }).access_token;
}

describe("Microsoft's own names", () => {
  it('are served by name resolution alone, and links stay on them', async () => {
    const headers = { authorization: `Bearer ${await token()}` };
    const graph = `https://graph.microsoft.com:${port}/v1.0`;
    const { value } = (await (await fetch(`${graph}/users?$select=id`, { headers, dispatcher })).json()) as {
      value: { id: string }[];
    };
    const path = `/tenants/${tenant.tenantId}/mutate`;
    await simulator.call('POST', path, {
      workload: 'drive',
      user: value[0]!.id,
      op: 'create-file',
      path: 'a.txt',
      text: 'hi',
    });
    const url = `${graph}/users/${value[0]!.id}/drive/root:/a.txt:/content`;
    const redirect = await fetch(url, { headers, dispatcher, redirect: 'manual' });
    const location = redirect.headers.get('location')!;
    expect(new URL(location).hostname).toBe(`${tenant.domain.split('.')[0]}-my.sharepoint.com`);
    expect(await (await fetch(location, { dispatcher })).text()).toBe('hi');
  });
});
