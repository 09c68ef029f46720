import { SystemClock } from '@holdfast/kernel';
import { describeWithServer, NO_RCLONE, NO_SFTP, rcloneProgram, sftpServer } from '@holdfast/testkit';
import { freePort } from '@holdfast/testkit/free-port';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDestination, itNamesPrefixes, termsOf } from '../destination.suite.js';
import { itMakesFoldersBelow } from '../files/file-server.suite.js';
import { RcloneServer } from './rclone-server.js';
import { openRemote, type Remote, useRemotes } from './rclone-remote.suite.js';

const program = rcloneProgram();
const sftp = sftpServer();
const clock = new SystemClock();
const object = Buffer.from('sealed bytes of one pack');
const { openerOf, close } = useRemotes();

/** As `rclone config` keeps passwords. */
const obscured = (password: string) =>
  execFileSync('rclone', ['obscure', '-'], { input: password, encoding: 'utf8' }).trim();

describeWithServer('rclone', program ? undefined : NO_RCLONE, () => {
  let scratch = '';
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'holdfast-rclone-'));
    for (const name of ['local', 'webdav']) await mkdir(join(scratch, name));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  describe('with its local backend', () => {
    const remote = () => ({ backend: 'local', root: join(scratch, 'local'), options: {} });
    describeDestination('a destination behind rclone', openerOf(remote), close, { warns: ['keep'], listed: 60 });
    itNamesPrefixes(openerOf(remote));
    afterAll(close);
    itMakesFoldersBelow(
      (path) => {
        const settings = { kind: 'rclone' as const, backend: 'local', path };
        return new RcloneServer(settings, { kind: 'rclone', options: {} }, { randomBytes, silenceMs: 20_000 });
      },
      () => mkdtemp(join(scratch, 'local', 'folders-')),
    );

    it('keeps its secrets out of every command line', async () => {
      const secret = `secret-${randomBytes(12).toString('hex')}`;
      const destination = await openerOf(() => ({ ...remote(), options: { description: secret } }))('secrets');
      await destination.put('packs/x', object, termsOf(object));
      const lines = await commandLines();
      expect(lines.some((line) => line.includes('rclone rcd'))).toBe(true);
      expect(lines.filter((line) => line.includes(secret))).toEqual([]);
      await close();
    });
  });

  describe('with its WebDAV backend', () => {
    let server: ChildProcess | undefined;
    let url = '';
    beforeAll(async () => {
      const address = `127.0.0.1:${await freePort()}`;
      url = `http://${address}`;
      const line = [
        'serve',
        'webdav',
        '--addr',
        address,
        '--user',
        'user',
        '--pass',
        'password',
        join(scratch, 'webdav'),
      ];
      server = spawn('rclone', line, { stdio: 'ignore' });
      for (let tries = 0; tries < 100; tries++) {
        if (await fetch(url).catch(() => undefined)) return;
        await clock.sleep(50);
      }
      throw new Error('rclone serves no WebDAV');
    });
    afterAll(async () => {
      if (!server) return;
      server.kill();
      await once(server, 'exit');
    });
    const remote = () => ({
      backend: 'webdav',
      root: '/backup',
      options: { url, vendor: 'other', user: 'user', pass: obscured('password') },
    });
    describeDestination('a destination behind rclone', openerOf(remote), close, { warns: ['keep'], listed: 60 });
    itNamesPrefixes(openerOf(remote));
    afterAll(close);

    it.each([
      ['an unknown backend', { backend: 'tape' }, '/backup', 'credential', 'does not know the backend'],
      [
        'a wrong password',
        { options: { pass: 'no-such' } },
        '/backup',
        'credential',
        'does not accept the credentials',
      ],
      ['a closed port', { options: { url: 'http://127.0.0.1:1' } }, '/backup', 'credential', 'Nothing listens'],
      ['an unknown host', { options: { url: 'http://no-such-host.invalid' } }, '/b', 'credential', 'is not known'],
      ['a missing folder', {}, '/missing', 'folder', 'does not exist on the server'],
    ])('names %s', async (_what, { backend = 'webdav', options = {} }: Partial<Remote>, path, step, words) => {
      const { pass, ...others } = { ...remote().options, ...options };
      const all = { ...others, pass: pass === 'no-such' ? obscured(pass) : pass };
      const { steps } = await (await openRemote('ours', { backend, options: all }, path)).test();
      const failed = steps.find(({ outcome }) => outcome === 'failed');
      expect(failed).toMatchObject({ step, words: expect.stringContaining(words) });
    });
  });

  describeWithServer('with its SFTP backend', sftp ? undefined : NO_SFTP, () => {
    const remote = () => ({
      backend: 'sftp',
      root: sftp?.path ?? '/none',
      options: {
        host: sftp?.host ?? '',
        port: String(sftp?.port),
        user: sftp?.user ?? '',
        pass: obscured(sftp?.password ?? ''),
        shell_type: 'none',
      },
    });
    describeDestination('a destination behind rclone', openerOf(remote), close, { warns: ['keep'], listed: 60 });
    itNamesPrefixes(openerOf(remote));
    afterAll(close);
  });
});

async function commandLines(): Promise<readonly string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.map((line) => line.replaceAll('\0', ' '));
}
