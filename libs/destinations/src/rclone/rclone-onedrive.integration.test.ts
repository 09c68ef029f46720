import { type RunningSimulator, startSimulator } from '@holdfast/simulator';
import { SystemClock } from '@holdfast/kernel';
import { describeWithServer, NO_RCLONE, rcloneProgram, startTunnelProxy, type TunnelProxy } from '@holdfast/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { Agent, fetch } from 'undici';
import { describeDestination, itNamesPrefixes, termsOf } from '../destination.suite.js';
import { openRemote, type Remote, useRemotes } from './rclone-remote.suite.js';

const object = Buffer.from('sealed bytes of one pack');
const HOUR_MS = 3_600_000;

/** Calls the simulator's Graph as the registered application. */
class Graph {
  private constructor(
    private readonly base: string,
    private readonly dispatcher: Agent,
    readonly token: string,
  ) {}

  static async of({ login, graph, tenants: [tenant] }: RunningSimulator, ca: string): Promise<Graph> {
    if (!tenant) throw new Error('the simulator has no tenant');
    const dispatcher = new Agent({ connect: { ca } });
    const form = {
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
      grant_type: 'client_credentials',
    };
    const url = `${login}/${tenant.tenantId}/oauth2/v2.0/token`;
    const reply = await fetch(url, { method: 'POST', body: new URLSearchParams(form), dispatcher });
    const { access_token: token } = (await reply.json()) as { access_token: string };
    return new Graph(`${graph}/v1.0`, dispatcher, token);
  }

  async call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const reply = await fetch(this.base + path, {
      method,
      headers,
      dispatcher: this.dispatcher,
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await reply.json()) as Record<string, unknown>;
    if (!reply.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  close(): Promise<void> {
    return this.dispatcher.close();
  }
}

describeWithServer('rclone with its OneDrive backend', rcloneProgram() ? undefined : NO_RCLONE, () => {
  let simulator: RunningSimulator;
  let proxy: TunnelProxy;
  let graph: Graph;
  let ca = '';
  let drive = '';
  beforeAll(async () => {
    simulator = await startSimulator({ seed: 4, users: 1, messages: 0, files: 0, limits: 'off' });
    // Debian's rclone sends its token along with upload URLs, which Microsoft says may be refused.
    await simulator.call('PATCH', `/tenants/${simulator.tenants[0]?.tenantId}/switches`, {
      'content.token-beside-link': 'passed-over',
    });
    ca = await readFile(simulator.ca, 'utf8');
    proxy = await startTunnelProxy(Number(new URL(simulator.graph).port));
    graph = await Graph.of(simulator, ca);
    const { value } = await graph.call('GET', '/users?$select=id');
    const [user] = value as { readonly id: string }[];
    ({ id: drive } = (await graph.call('GET', `/users/${user?.id}/drive`)) as { id: string });
  });
  afterAll(async () => {
    await graph.close();
    proxy.close();
    await simulator.close();
  });

  const tokenOf = (text: string) =>
    JSON.stringify({
      access_token: text,
      token_type: 'Bearer',
      expiry: new Date(new SystemClock().now() + HOUR_MS).toISOString(),
    });
  const remote = (): Remote => ({
    backend: 'onedrive',
    root: 'Backup',
    options: { drive_id: drive, drive_type: 'business', list_chunk: '20', token: tokenOf(graph.token) },
    way: { ca, proxy: { host: proxy.host, port: proxy.port } },
  });
  const { openerOf, close } = useRemotes(async (_remote, path) => {
    const [root = '', folder = ''] = path.split('/');
    const behavior = { '@microsoft.graph.conflictBehavior': 'replace' };
    await graph.call('POST', `/drives/${drive}/root/children`, { name: root, folder: {}, ...behavior });
    await graph.call('POST', `/drives/${drive}/root:/${root}:/children`, { name: folder, folder: {}, ...behavior });
  });

  describeDestination('a destination behind rclone', openerOf(remote), close, { warns: ['keep'], listed: 50 });
  itNamesPrefixes(openerOf(remote));

  describe('whose way there is told', () => {
    it('asks nobody but by the proxy', async () => {
      await (await openerOf(remote)('ours')).put('packs/x', object, termsOf(object));
      expect(proxy.asked).toContain('graph.microsoft.com:443');
      await close();
    });

    it.each([
      [
        'a token that is not accepted',
        (options: object) => ({ options: { ...options, token: tokenOf('stale') } }),
        'does not accept the credentials',
      ],
      [
        'a certificate that nobody vouches for',
        () => ({ way: { proxy: remote().way?.proxy } }),
        'certificate is not trusted',
      ],
    ])('names %s', async (_what, changes, words) => {
      const changed = { ...remote(), ...changes(remote().options) } as Remote;
      const { steps } = await (await openRemote('ours', changed, 'Backup')).test();
      const failed = steps.find(({ outcome }) => outcome === 'failed');
      expect(failed).toMatchObject({ step: 'credential', words: expect.stringContaining(words) });
    });
  });
});
