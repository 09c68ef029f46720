import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOW, PLACE, ours, useFakeApi, world } from '../api-world.suite.js';

const api = useFakeApi();
const hostKey = `SHA256:${'A'.repeat(43)}`;
const report = { ok: true, steps: [{ name: 'name', ok: true, message: 'Known.', missingPermissions: [] }] };
const at = (settings: object) => ({
  destinationId: PLACE,
  displayName: 'There',
  kind: 'sftp',
  settings: { kind: 'sftp', ...settings },
  createdAtMs: NOW,
  version: 3,
});
const sftp = ['--sftp', 'files.example.com', '--user', 'backup', '--path', '/backup', '--host-key', hostKey];
const settings = { kind: 'sftp', host: 'files.example.com', user: 'backup', path: '/backup', hostKeys: [hostKey] };

describe('destinations', () => {
  it('tests and saves a folder of an SFTP server, with a password that stands on no command line', async () => {
    const answers = { [`POST ${ours}/destinations/test`]: report, [`POST ${ours}/destinations`]: at(settings) };
    api().answers({ ...world, ...answers });
    const line = ['destination', 'add', 'There', ...sftp];
    const { code, out } = await api().run(line, { env: { HOLDFAST_PASSWORD: 'hunter2' } });
    expect([code, out]).toEqual([0, expect.stringContaining('/backup at files.example.com')]);
    const place = { settings, credentials: { kind: 'sftp', password: 'hunter2' } };
    expect(api().sent(`POST ${ours}/destinations/test`)).toEqual(place);
    expect(api().sent(`POST ${ours}/destinations`)).toEqual({ displayName: 'There', ...place });
  });

  it('takes a private key and its passphrase from files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
    const [keyFile, passphraseFile] = [join(folder, 'key'), join(folder, 'passphrase')];
    await writeFile(keyFile, '-----BEGIN OPENSSH PRIVATE KEY-----\n');
    await writeFile(passphraseFile, 'open sesame\n');
    api().answers({ ...world, [`POST ${ours}/destinations/test`]: report });
    const files = ['--private-key-file', keyFile, '--private-key-passphrase-file', passphraseFile];
    expect((await api().run(['destination', 'try', ...sftp, ...files])).code).toBe(0);
    expect(api().sent(`POST ${ours}/destinations/test`)).toMatchObject({
      credentials: { kind: 'sftp', privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\n', passphrase: 'open sesame' },
    });
    await rm(folder, { recursive: true });
  });

  it('speaks TLS to an FTP server unless it is told otherwise', async () => {
    api().answers({ ...world, [`POST ${ours}/destinations/test`]: report });
    const env = { HOLDFAST_PASSWORD: 'hunter2' };
    const ftp = ['destination', 'try', '--ftp', 'files.example.com', '--user', 'backup', '--path', '/backup'];
    const common = { kind: 'ftp', host: 'files.example.com', user: 'backup', path: '/backup' };
    for (const [more, tls] of [
      [[], undefined],
      [['--tls'], 'explicit'],
      [['--implicit-tls'], 'implicit'],
      [['--no-tls'], 'none'],
    ] as const) {
      expect((await api().run([...ftp, ...more], { env })).code).toBe(0);
      expect(api().sent(`POST ${ours}/destinations/test`)).toEqual({
        settings: { ...common, tls },
        credentials: { kind: 'ftp', password: 'hunter2' },
      });
    }
  });

  it('leads through a proxy what speaks HTTP, and nothing else', async () => {
    api().answers({ ...world, [`POST ${ours}/destinations/test`]: report });
    const proxy = ['--proxy', 'proxy.example.com:3128'];
    const azure = ['destination', 'try', '--azure', 'account', '--container', 'backups', ...proxy];
    const env = { HOLDFAST_ACCOUNT_KEY: 'key', HOLDFAST_PROXY_PASSWORD: 'hunter2' };
    expect((await api().run([...azure, '--proxy-user', 'ann'], { env })).code).toBe(0);
    expect(api().sent(`POST ${ours}/destinations/test`)).toEqual({
      settings: {
        kind: 'azure',
        account: 'account',
        container: 'backups',
        proxy: { host: 'proxy.example.com', port: 3128 },
      },
      credentials: { kind: 'azure', accountKey: 'key', proxyUser: 'ann', proxyPassword: 'hunter2' },
    });
    const nobody = await api().run([...azure, '--proxy-password-file', 'secret'], { env });
    expect([nobody.code, nobody.err]).toEqual([2, expect.stringContaining('--proxy-user NAME')]);
    const folder = await api().run(['destination', 'try', '--folder', '/backup', ...proxy]);
    expect([folder.code, folder.err]).toEqual([2, expect.stringContaining('--proxy says nothing about a place')]);
  });

  it('opens a container with a key of its account, or with a signature from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
    const sasFile = join(folder, 'sas');
    await writeFile(sasFile, 'sp=racwdl&sig=abc\n');
    api().answers({ ...world, [`POST ${ours}/destinations/test`]: report });
    const line = ['destination', 'try', '--azure', 'account', '--container', 'backups'];
    const settings = { kind: 'azure', account: 'account', container: 'backups' };
    expect((await api().run(line, { env: { HOLDFAST_ACCOUNT_KEY: 'key' } })).code).toBe(0);
    expect(api().sent(`POST ${ours}/destinations/test`)).toEqual({
      settings,
      credentials: { kind: 'azure', accountKey: 'key' },
    });
    const emulator = ['--blob-host', 'localhost', '--port', '10000', '--account-in-path', '--no-tls'];
    expect((await api().run([...line, ...emulator, '--sas-file', sasFile])).code).toBe(0);
    expect(api().sent(`POST ${ours}/destinations/test`)).toEqual({
      settings: { ...settings, host: 'localhost', port: 10_000, accountInPath: true, tls: false },
      credentials: { kind: 'azure', sas: 'sp=racwdl&sig=abc' },
    });
    const none = await api().run(line.slice(0, -2));
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('--container NAME')]);
    await rm(folder, { recursive: true });
  });

  it('locks what is written to a bucket, changes that, and shows it', async () => {
    const bucket = { kind: 's3', host: 's3.example.com', bucket: 'backups' };
    const lock = { mode: 'governance', days: 30 };
    const saved = { ...at({}), kind: 's3', settings: { ...bucket, lock } };
    api().answers({
      ...world,
      [`POST ${ours}/destinations/test`]: report,
      [`POST ${ours}/destinations`]: saved,
      [`GET ${ours}/destinations`]: { rows: [saved] },
      [`GET ${ours}/destinations/${PLACE}`]: saved,
      [`PUT ${ours}/destinations/${PLACE}`]: saved,
    });
    const env = { HOLDFAST_ACCESS_KEY: 'key', HOLDFAST_SECRET_KEY: 'secret' };
    const line = ['--s3', 's3.example.com', '--bucket', 'backups', '--lock', 'governance', '--lock-days', '30'];
    const { out } = await api().run(['destination', 'add', 'There', ...line], { env });
    expect(out).toContain('governance, 30 days');
    for (const path of ['destinations/test', 'destinations'])
      expect(api().sent(`POST ${ours}/${path}`)).toMatchObject({ settings: { ...bucket, lock } });
    expect((await api().run(['destination', 'try', ...line], { env })).code).toBe(0);
    expect(api().sent(`POST ${ours}/destinations/test`)).toMatchObject({ settings: { ...bucket, lock } });
    expect((await api().run(['destination', 'list'])).out).toMatch(/backups at s3\.example\.com +governance, 30 days/);
    const change = ['destination', 'change', 'There'];
    const changed = await api().run([...change, '--lock-days', '60']);
    expect([changed.code, changed.err]).toEqual([0, '']);
    expect(api().sent(`PUT ${ours}/destinations/${PLACE}`)).toMatchObject({
      settings: { lock: { ...lock, days: 60 } },
    });
    await api().run([...change, '--unlock']);
    expect(api().sent(`PUT ${ours}/destinations/${PLACE}`)).toMatchObject({ settings: bucket });
    expect(api().sent(`PUT ${ours}/destinations/${PLACE}`)).not.toHaveProperty('settings.lock');
  });

  it('takes one remote out of a file of rclone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
    const file = join(folder, 'rclone.conf');
    await writeFile(file, '[box]\ntype = dropbox\ntoken = {"a":"="}\n\n[other]\ntype = drive\nscope = drive\n');
    api().answers({ ...world, [`POST ${ours}/destinations/test`]: report });
    const line = ['destination', 'try', '--rclone-config', file, '--path', 'backup'];
    expect((await api().run([...line, '--rclone', 'box:'])).code).toBe(0);
    expect(api().sent(`POST ${ours}/destinations/test`)).toEqual({
      settings: { kind: 'rclone', backend: 'dropbox', path: 'backup' },
      credentials: { kind: 'rclone', options: { token: '{"a":"="}' } },
    });
    const none = await api().run([...line, '--rclone', 'nowhere']);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('[nowhere]')]);
    await rm(folder, { recursive: true });
  });

  it('changes what is said and leaves the rest, with the version that was read and no secret', async () => {
    const [one, answers] = [
      `${ours}/destinations/${PLACE}`,
      { [`GET ${ours}/destinations`]: { rows: [at(settings)] } },
    ];
    api().answers({
      ...world,
      ...answers,
      [`GET ${one}`]: at(settings),
      [`PUT ${one}`]: at({ ...settings, path: '/new' }),
    });
    const { code, out } = await api().run(['destination', 'change', 'There', '--path', '/new', '--name', 'New']);
    expect([code, out]).toEqual([0, expect.stringContaining('/new at files.example.com')]);
    expect(api().sent(`PUT ${one}`)).toEqual({
      version: 3,
      displayName: 'New',
      settings: { ...settings, path: '/new' },
    });
  });

  it('rotates a secret alone, and keeps the kind', async () => {
    const [one, answers] = [
      `${ours}/destinations/${PLACE}`,
      { [`GET ${ours}/destinations`]: { rows: [at(settings)] } },
    ];
    api().answers({ ...world, ...answers, [`GET ${one}`]: at(settings), [`PUT ${one}`]: at(settings) });
    const line = ['destination', 'change', 'There'];
    const env = { HOLDFAST_PASSWORD: 'rotated' };
    expect((await api().run([...line, '--new-secret'], { env })).code).toBe(0);
    expect(api().sent(`PUT ${one}`)).toEqual({
      version: 3,
      displayName: 'There',
      settings,
      credentials: { kind: 'sftp', password: 'rotated' },
    });
    const other = await api().run([...line, '--s3', 's3.example.com']);
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('of the kind sftp and stays so')]);
  });

  it('refuses options that the kind would pass over in silence', async () => {
    api().answers({
      ...world,
      [`GET ${ours}/destinations`]: { rows: [at(settings)] },
      [`GET ${ours}/destinations/${PLACE}`]: at(settings),
    });
    for (const [line, flag, kind] of [
      [['destination', 'add', 'There', '--folder', '/backup', '--path', '/other'], '--path', 'folder'],
      [['destination', 'try', ...sftp, '--bucket', 'b'], '--bucket', 'sftp'],
      [['destination', 'change', PLACE!, '--no-tls'], '--tls', 'sftp'],
      [['destination', 'change', PLACE!, '--secret-key-file', 'key'], '--secret-key-file', 'sftp'],
    ] as const)
      expect(await api().run(line)).toMatchObject({
        code: 2,
        err: expect.stringMatching(`${flag} says nothing.*${kind}`),
      });
  });

  it('says which option is missing, and how a host key is learnt', async () => {
    api().answers(world);
    const env = { HOLDFAST_PASSWORD: 'hunter2' };
    const none = await api().run(['destination', 'try'], { env });
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('--sftp HOST')]);
    const unpinned = await api().run(['destination', 'try', ...sftp.slice(0, -2)], { env });
    expect([unpinned.code, unpinned.err]).toEqual([2, expect.stringContaining('ssh-keyscan files.example.com')]);
  });
});
