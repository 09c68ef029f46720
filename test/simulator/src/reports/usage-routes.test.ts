import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator, type RunningSimulator, type TenantInfo } from '../index.js';
import { GraphCaller } from '../testing/graph-caller.js';

let simulator: RunningSimulator;
let tenant: TenantInfo;
let graph: GraphCaller;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7, users: 10, messages: 12, files: 8 });
  tenant = simulator.tenants[0]!;
  graph = new GraphCaller(simulator, tenant);
});
afterAll(async () => {
  await graph.close();
  await simulator.close();
});

const conceal = (value: boolean) =>
  simulator.call('PATCH', `/tenants/${tenant.tenantId}/switches`, { 'reports.conceal-names': value });

/** The report's lines, by column. */
async function report(name: string): Promise<Record<string, string>[]> {
  const { status, headers } = await graph.call(`/reports/${name}(period='D7')`);
  expect(status).toBe(302);
  const { body } = await graph.call(headers['location'] ?? '', { token: null });
  const [head = '', ...lines] = String(body).trimEnd().split('\r\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, at) => [names[at] ?? '', value])));
}

describe('usage reports', () => {
  it('count what each mailbox and each drive has', async () => {
    await conceal(false);
    const { value } = (await graph.call('/users?$select=id,userPrincipalName&$top=1')).body as {
      value: { id: string; userPrincipalName: string }[];
    };
    const [user] = value;
    const mail = await report('getMailboxUsageDetail');
    const first = mail.find((row) => row['User Principal Name'] === user!.userPrincipalName)!;
    const messages = (await graph.call(`/users/${user!.id}/messages?$select=id&$top=500`)).body as { value: object[] };
    expect(Number(first['Item Count'])).toBe(messages.value.length);
    expect(Number(first['Storage Used (Byte)'])).toBeGreaterThan(1000);
    const drives = await report('getOneDriveUsageAccountDetail');
    expect(drives.length).toBeLessThan(mail.length);
    for (const row of drives) expect(Number(row['File Count'])).toBeGreaterThan(0);
  });

  it('conceal names where the tenant says so', async () => {
    await conceal(true);
    for (const row of await report('getMailboxUsageDetail'))
      expect(row['User Principal Name']).toMatch(/^[0-9A-F]{32}$/);
  });

  it('take documented periods only, and need their permission', async () => {
    expect((await graph.call("/reports/getMailboxUsageDetail(period='D8')")).status).toBe(400);
    const weak = (await simulator.call('POST', `/tenants/${tenant.tenantId}/apps`, {
      roles: ['User.Read.All'],
    })) as TenantInfo;
    const token = await graph.signIn(weak.clientId, weak.clientSecret);
    expect((await graph.call("/reports/getMailboxUsageDetail(period='D7')", { token })).status).toBe(403);
    await graph.signIn();
  });
});
