import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, FileUpload, LargeFileUploadTask } from '@microsoft/microsoft-graph-client';
import type { Drive, DriveItem } from '@microsoft/microsoft-graph-types';
import { readFileSync } from 'node:fs';
import { Agent, fetch as undiciFetch, setGlobalDispatcher } from 'undici';
import { type RunningSimulator, startSimulator } from '../index.js';
import { GraphCaller } from '../testing/graph-caller.js';
import { NoiseSource } from './content/byte-source.js';
import { quickXorHash } from './content/quick-xor-hash.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

const UNIT = 327_680;

let simulator: RunningSimulator;
let caller: GraphCaller;
let graph: Client;
let base: string;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 11, users: 2, messages: 0, files: 20 });
  setGlobalDispatcher(new Agent({ connect: { ca: readFileSync(simulator.ca) } }));
  globalThis.fetch = undiciFetch as unknown as typeof globalThis.fetch;
  const tenant = simulator.tenants[0]!;
  caller = new GraphCaller(simulator, tenant);
  const token = await caller.signIn();
  graph = Client.init({
    baseUrl: simulator.graph,
    customHosts: new Set(['127.0.0.1']),
    authProvider: (done) => done(null, token),
  });
  const users = (await graph.api('/users').top(1).get()) as { value: { id: string }[] };
  const drive = (await graph.api(`/users/${users.value[0]?.id}/drive`).get()) as Drive;
  base = `/drives/${drive.id}`;
});
afterAll(async () => {
  await caller.close();
  await simulator.close();
});

describe("Microsoft's client against the simulated drive", () => {
  it('downloads through the redirect without taking its token along', async () => {
    const item = (await graph.api(`${base}/root:/shared letter.docx`).get()) as DriveItem;
    const stream = (await graph.api(`${base}/items/${item.id}/content`).getStream()) as ReadableStream<Uint8Array>;
    const bytes = Buffer.concat(await Array.fromAsync(stream));
    expect(quickXorHash(bytes)).toBe(item.file?.hashes?.quickXorHash);
  });

  it('uploads a large file in fragments', async () => {
    const bytes = Buffer.from(new NoiseSource('wire', 3 * UNIT + 5).read(0, 3 * UNIT + 5));
    const session = await LargeFileUploadTask.createUploadSession(
      graph,
      `${base}/root:/wire é.bin:/createUploadSession`,
      {
        item: { '@microsoft.graph.conflictBehavior': 'rename' },
      },
    );
    const file = new FileUpload(bytes, 'wire é.bin', bytes.length);
    const { responseBody } = await new LargeFileUploadTask(graph, file, session, { rangeSize: UNIT }).upload();
    expect(responseBody).toMatchObject({ name: 'wire é.bin', size: bytes.length });
    const stream = (await graph.api(`${base}/root:/wire é.bin:/content`).getStream()) as ReadableStream<Uint8Array>;
    expect(Buffer.concat(await Array.fromAsync(stream)).equals(bytes)).toBe(true);
  });

  it('walks the delta to its end', async () => {
    const names: (string | null | undefined)[] = [];
    let link: string | undefined = `${base}/root/delta?$top=7&$select=id,name`;
    while (link !== undefined) {
      const page = (await graph.api(link).get()) as { value: DriveItem[]; '@odata.nextLink'?: string };
      names.push(...page.value.map(({ name }) => name));
      link = page['@odata.nextLink'];
    }
    expect(names).toEqual(expect.arrayContaining(['root', 'Documents', 'Notebook', 'at the bottom.txt']));
  });
});

describe('the content host', () => {
  const downloadUrl = async () => {
    const { body } = await caller.call(`${base}/root:/.gitignore?$select=id,@microsoft.graph.downloadUrl`);
    return String((body as Record<string, unknown>)['@microsoft.graph.downloadUrl']);
  };

  it('is another host, answers without a token and refuses one', async () => {
    const url = await downloadUrl();
    expect(new URL(url).host).not.toBe(new URL(simulator.graph).host);
    expect((await caller.call(url, { token: null })).status).toBe(200);
    expect((await caller.call(url)).status).toBe(401);
  });

  it('lets its URLs expire, by the simulated time', async () => {
    const url = await downloadUrl();
    await simulator.call('POST', '/clock', { advanceMs: 2 * 3_600_000 });
    expect((await caller.call(url, { token: null })).status).toBe(401);
    await caller.signIn();
    expect((await caller.call(await downloadUrl(), { token: null })).status).toBe(200);
  });

  it('refuses URLs that were made for something else', async () => {
    const url = await downloadUrl();
    expect((await caller.call(url.replace('/1.0/', '/2.0/'), { token: null })).status).toBe(401);
  });
});
