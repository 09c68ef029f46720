import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DriveItemVersion } from '@microsoft/microsoft-graph-types';
import { NoiseSource } from '../content/byte-source.js';
import { quickXorHash } from '../content/quick-xor-hash.js';
import { driveWorkload } from '../drive-workload.js';
import { TenantUnderTest } from '../testing/tenant-under-test.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

const GIB = 1024 ** 3;
const UNIT = 327_680;

let test: TenantUnderTest;
let base: string;
beforeEach(() => {
  test = new TenantUnderTest(20);
  base = `/drives/${test.drive.id}`;
});

const mutate = (op: object) => driveWorkload.mutate(test.tenant, { user: test.ada.id, ...op });
const downloadUrlOf = async (path: string) =>
  String((await test.get(`${base}/root:/${path}`)).json['@microsoft.graph.downloadUrl']);
const noise = (bytes: number, name = 'sent') => Buffer.from(new NoiseSource(name, bytes).read(0, bytes));

describe('downloads', () => {
  it('come from another host, whole and by range, and agree with hash and size', async () => {
    const { json } = await test.get(`${base}/root:/shared%20letter.docx`);
    const sent = await test.get(`${base}/items/${String(json.id)}/content`);
    expect(sent).toMatchObject({ status: 302, units: 1 });
    const whole = await test.get(sent.headers.Location ?? '');
    expect(whole).toMatchObject({ status: 200, units: 0 });
    expect(whole.bytes).toHaveLength(Number(json.size));
    expect(json).toMatchObject({ file: { hashes: { quickXorHash: quickXorHash(whole.bytes) } } });
    const url = String(json['@microsoft.graph.downloadUrl']);
    const part = await test.get(url, { Range: 'bytes=10-19' });
    expect(part).toMatchObject({
      status: 206,
      units: 1,
      headers: { 'Content-Range': `bytes 10-19/${whole.bytes.length}` },
    });
    expect(part.bytes.equals(whole.bytes.subarray(10, 20))).toBe(true);
    expect((await test.get(url, { Range: 'bytes=-5' })).bytes.equals(whole.bytes.subarray(-5))).toBe(true);
    expect((await test.get(url, { Range: `bytes=${whole.bytes.length}-` })).status).toBe(416);
    test.tenant.switches.set('drive.range-answer', 200);
    expect(await test.get(url, { Range: 'bytes=10-19' })).toMatchObject({ status: 200, bytes: whole.bytes });
  });

  it('reach every end of a 50 GB file', async () => {
    await mutate({ op: 'create-file', path: 'huge.bin', content: { form: 'blocks', bytes: 50 * GIB } });
    const url = await downloadUrlOf('huge.bin');
    const end = await test.get(url, { Range: `bytes=${50 * GIB - 1_000_000}-` });
    expect(end.headers['Content-Range']).toBe(`bytes ${50 * GIB - 1_000_000}-${50 * GIB - 1}/${50 * GIB}`);
    const twice = await test.get(url, { Range: `bytes=${50 * GIB - 1_000}-` });
    expect(end.bytes.subarray(-1_000).equals(twice.bytes)).toBe(true);
  });

  it('answer 304 to the one who has the content', async () => {
    const { json } = await test.get(`${base}/root:/.gitignore`);
    for (const tag of [json.eTag, json.cTag]) {
      expect((await test.get(`${base}/root:/.gitignore:/content`, { 'If-None-Match': String(tag) })).status).toBe(304);
    }
  });

  it('keep to the content they were made for, or follow edits, by switch', async () => {
    const url = await downloadUrlOf('.gitignore');
    const before = (await test.get(url)).bytes;
    await mutate({ op: 'edit', path: '.gitignore', text: 'edited' });
    expect((await test.get(url)).bytes.equals(before)).toBe(true);
    test.tenant.switches.set('drive.download-url-shows', 'content-now');
    expect((await test.get(url)).bytes.toString()).toBe('edited');
    await mutate({ op: 'delete', path: '.gitignore' });
    expect((await test.get(url)).status).toBe(404);
  });

  it('are refused for malware, by Graph or by the content host', async () => {
    const content = `${base}/root:/eicar-like.bin:/content`;
    expect(await test.get(content)).toMatchObject({ status: 403, json: { code: 'malwareDetected' } });
    test.tenant.switches.set('drive.malware-answer', 'content-host-refuses');
    const sent = await test.get(content);
    expect(await test.get(sent.headers.Location ?? '')).toMatchObject({
      status: 403,
      headers: { 'X-Virus-Infected': 'true' },
    });
  });
});

describe('versions', () => {
  it('are listed newest first, read when old, and restored on top', async () => {
    await mutate({ op: 'create-file', path: 'v.txt', text: 'one' });
    await mutate({ op: 'edit', path: 'v.txt', text: 'second' });
    const url = `${base}/root:/v.txt:`;
    const listed = (await test.get(`${url}/versions`)).json.value as DriveItemVersion[];
    expect(listed.map(({ id, size }) => [id, size])).toEqual([['2.0', 6], ['1.0', 3]]); // prettier-ignore
    expect((await test.get(`${url}/versions/2.0/content`)).status).toBe(400);
    const old = await test.get(`${url}/versions/1.0/content`);
    test.tenant.switches.set('drive.download-url-shows', 'content-now');
    expect((await test.get(old.headers.Location ?? '')).bytes.toString()).toBe('one');
    expect((await test.call('POST', `${url}/versions/1.0/restoreVersion`)).status).toBe(204);
    expect((await test.get(await downloadUrlOf('v.txt'))).bytes.toString()).toBe('one');
    expect((await test.get(`${url}/versions`)).json.value).toHaveLength(3);
  });
});

describe('small uploads', () => {
  const put = (name: string, bytes: Buffer, query = '', headers = {}) =>
    test.call('PUT', `${base}/items/root:/${name}:/content${query}`, { bytes, headers });
  const conflict = (behavior: string) => `?@microsoft.graph.conflictBehavior=${behavior}`;

  it('make a file, then a version of it, as the app', async () => {
    const made = await put('up.bin', noise(5_000));
    expect(made).toMatchObject({ status: 201, units: 2, json: { size: 5_000, createdBy: { application: {} } } });
    expect(made.json).toMatchObject({ file: { hashes: { quickXorHash: quickXorHash(noise(5_000)) } } });
    const again = await put('UP.BIN', noise(10));
    expect(again).toMatchObject({ status: 200, json: { id: made.json.id, name: 'up.bin', size: 10 } });
    const byId = await test.call('PUT', `${base}/items/${String(made.json.id)}/content`, { bytes: Buffer.alloc(0) });
    expect(byId).toMatchObject({ status: 200, json: { size: 0 } });
    expect((await test.get(`${base}/items/${String(made.json.id)}/versions`)).json.value).toHaveLength(3);
  });

  it('do what is asked when the name is taken', async () => {
    await put('up.tar.gz', noise(1));
    expect(await put('up.tar.gz', noise(2), conflict('fail'))).toMatchObject({
      status: 409,
      json: { code: 'nameAlreadyExists' },
    });
    const renamed = await put('up.tar.gz', noise(2), conflict('rename'));
    expect(renamed).toMatchObject({ status: 201, json: { name: 'up.tar 1.gz' } });
    expect((await put('Documents', noise(2))).status).toBe(409);
    expect((await put('x', noise(2), conflict('perhaps'))).status).toBe(400);
  });

  it('are refused when guarded, locked, too large, misnamed or beyond the quota', async () => {
    expect((await put('.gitignore', noise(1), '', { 'If-Match': '"{no},1"' })).status).toBe(412);
    expect((await put('checked%20out.docx', noise(1))).status).toBe(423);
    expect((await put('con', noise(1))).status).toBe(400);
    expect((await put('no/such/folder.txt', noise(1))).status).toBe(404);
    test.tenant.switches.set('drive.small-upload-limit-bytes', 4 * 1024 * 1024);
    expect((await put('large.bin', noise(4 * 1024 * 1024 + 1))).status).toBe(413);
    await mutate({ op: 'set-quota', bytes: 1_000 });
    expect(await put('full.bin', noise(1))).toMatchObject({ status: 507, json: { code: 'quotaLimitReached' } });
  });

  it('come out changed where the library rewrites Office files', async () => {
    const plain = (await test.get(await downloadUrlOf('shared%20letter.docx'))).bytes;
    await mutate({ op: 'rewrite-office-files' });
    const made = await put('again.docx', plain);
    expect(made.json.size).toBeGreaterThan(plain.length);
    expect((await put('again.bin', plain)).json.size).toBe(plain.length);
  });
});

describe('upload sessions', () => {
  const start = async (name: string, item: object = {}, body: object = {}) => {
    const answer = await test.call('POST', `${base}/root:/${name}:/createUploadSession`, { json: { item, ...body } });
    return { ...answer, url: String(answer.json.uploadUrl) };
  };
  const fragment = (url: string, bytes: Buffer, from: number, to: number, total = bytes.length) =>
    test.call('PUT', url, {
      bytes: bytes.subarray(from, to),
      headers: { 'Content-Range': `bytes ${from}-${to - 1}/${total}` },
    });

  it('take fragments in order and end with the file, its times and its description', async () => {
    const bytes = noise(2 * UNIT + 77);
    const info = { createdDateTime: '2003-01-01T00:00:00Z', lastModifiedDateTime: '2004-01-01T00:00:00Z' };
    const session = await start('big.bin', { fileSystemInfo: info, description: 'restored', fileSize: bytes.length });
    expect(session).toMatchObject({ status: 200, units: 2, json: { nextExpectedRanges: ['0-'] } });
    expect(await fragment(session.url, bytes, 0, UNIT)).toMatchObject({
      status: 202,
      json: { nextExpectedRanges: [`${UNIT}-`] },
    });
    expect((await fragment(session.url, bytes, 0, UNIT)).status).toBe(416);
    expect((await test.get(session.url)).json.nextExpectedRanges).toEqual([`${UNIT}-`]);
    const last = await fragment(session.url, bytes, UNIT, bytes.length);
    expect(last).toMatchObject({
      status: 201,
      json: { size: bytes.length, fileSystemInfo: info, description: 'restored' },
    });
    expect(last.json).toMatchObject({ file: { hashes: { quickXorHash: quickXorHash(bytes) } } });
    expect((await test.get(session.url)).status).toBe(404);
    expect((await test.get(`${base}/root:/big.bin:/versions`)).json.value).toHaveLength(1);
  });

  it('refuse fragments of odd length, beyond 60 MiB, of another total and without a range', async () => {
    const bytes = noise(3 * UNIT);
    const { url } = await start('odd.bin', { fileSize: bytes.length });
    expect((await fragment(url, bytes, 0, 1_000)).status).toBe(400);
    expect((await fragment(url, bytes, 0, UNIT, 4 * UNIT)).status).toBe(400);
    expect((await fragment(url, bytes, UNIT, 2 * UNIT)).status).toBe(416);
    expect((await test.call('PUT', url, { bytes })).status).toBe(400);
    const huge = { 'Content-Range': `bytes 0-${60 * 1024 * 1024 - 1}/${GIB}` };
    expect((await test.call('PUT', url, { bytes, headers: huge })).status).toBe(413);
  });

  it('are gone when cancelled or expired', async () => {
    const cancelled = await start('gone.bin');
    expect((await test.call('DELETE', cancelled.url)).status).toBe(204);
    expect((await test.get(cancelled.url)).status).toBe(404);
    const { url } = await start('late.bin');
    test.clock.advance(8 * 86_400_000);
    expect((await fragment(url, noise(10), 0, 10)).status).toBe(404);
  });

  it('meet a taken name at the creation or at the commit, by switch', async () => {
    expect(await start('.gitignore', { '@microsoft.graph.conflictBehavior': 'fail' })).toMatchObject({
      status: 409,
      json: { code: 'nameAlreadyExists' },
    });
    test.tenant.switches.set('drive.session-conflict-at', 'commit');
    const bytes = noise(100);
    const failing = await start('.gitignore', { '@microsoft.graph.conflictBehavior': 'fail' });
    expect((await fragment(failing.url, bytes, 0, 100)).status).toBe(409);
    const replacing = await start('.gitignore', { '@microsoft.graph.conflictBehavior': 'replace' });
    expect((await fragment(replacing.url, bytes, 0, 100)).status).toBe(200);
    const renaming = await start('.gitignore', { '@microsoft.graph.conflictBehavior': 'rename' });
    expect(await fragment(renaming.url, bytes, 0, 100)).toMatchObject({ status: 201, json: { name: '.gitignore 1' } });
  });

  it('replace an item by id and wait for the commit when asked to', async () => {
    const { json } = await test.get(`${base}/root:/.gitignore`);
    const body = { json: { deferCommit: true } };
    const session = await test.call('POST', `${base}/items/${String(json.id)}/createUploadSession`, body);
    const url = String(session.json.uploadUrl);
    expect((await fragment(url, noise(9), 0, 9)).status).toBe(202);
    expect((await test.get(`${base}/items/${String(json.id)}`)).json.cTag).toBe(json.cTag);
    expect(await test.call('POST', url)).toMatchObject({ status: 200, json: { id: json.id, size: 9 } });
  });

  it('bring back a file that was there, whatever its form', async () => {
    await mutate({ op: 'create-file', path: 'huge.bin', content: { form: 'blocks', bytes: 200 * UNIT } });
    const bytes = (await test.get(await downloadUrlOf('huge.bin'))).bytes;
    const { url } = await start('back.bin');
    for (let at = 0; at < bytes.length; at += 100 * UNIT) await fragment(url, bytes, at, at + 100 * UNIT);
    const hashes = await Promise.all(
      ['huge.bin', 'back.bin'].map(async (name) => (await test.get(`${base}/root:/${name}`)).json.file),
    );
    expect(hashes[0]).toEqual(hashes[1]);
  });
});
