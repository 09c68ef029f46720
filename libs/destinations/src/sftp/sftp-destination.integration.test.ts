import { SystemClock } from '@holdfast/kernel';
import { describeWithServer, NO_SFTP, sftpServer } from '@holdfast/testkit';
import { Wire } from '@holdfast/testkit/wire';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type SFTPWrapper } from 'ssh2';
import { type Destination } from '../destination.port.js';
import { describeDestination, itNamesPrefixes, termsOf } from '../destination.suite.js';
import { itMakesFoldersBelow } from '../files/file-server.suite.js';
import { openDestination } from '../open-destination.js';
import { parseDestinationCredentials, parseDestinationSettings } from '../settings.js';
import { SftpServer } from './sftp-server.js';
import { SftpSession } from './sftp-session.js';

/** A server on a machine that is busy with something else stands still for a second or two. */
const SILENCE_MS = 5_000;
const server = sftpServer();
const none = {
  host: 'none.invalid',
  port: 1,
  user: 'none',
  password: 'none',
  path: '/none',
  hostKey: '',
  privateKey: '',
};
const { host, port, user, password, path, hostKey, privateKey } = server ?? none;
const object = Buffer.from('sealed bytes of one pack');
let folder = '';

function open(prefix: string, settings: object = {}, credentials: object = { password }): Promise<Destination> {
  return openDestination(
    {
      settings: parseDestinationSettings({
        kind: 'sftp',
        host,
        port,
        user,
        path: folder,
        hostKeys: [hostKey],
        ...settings,
      }),
      credentials: parseDestinationCredentials({ kind: 'sftp', ...credentials }),
      prefix,
    },
    { clock: new SystemClock(), randomBytes, silenceMs: SILENCE_MS },
  );
}

/** Does something on the server besides the driver. */
async function onServer<Result>(
  work: (sftp: SFTPWrapper, answer: (error: Error | null | undefined, result: Result) => void) => void,
): Promise<Result> {
  const settings = { kind: 'sftp' as const, host, port, user, path, hostKeys: [hostKey] };
  const session = await SftpSession.open(
    settings,
    { kind: 'sftp', password },
    { silenceMs: 60_000, onLost: () => undefined },
  );
  try {
    return await session.ask(work);
  } finally {
    session.close();
  }
}

/** Each test has a folder of its own, so nothing has to be deleted between them. */
async function inNewFolder(): Promise<void> {
  folder = `${path}/${randomBytes(6).toString('hex')}`;
  await onServer<undefined>((sftp, answer) => sftp.mkdir(folder, (error) => answer(error, undefined)));
}

async function openClaimed(prefix: string, settings: object = {}): Promise<Destination> {
  if (folder === '') await inNewFolder();
  const destination = await open(prefix, settings);
  await destination.claim();
  return destination;
}

const close = async () => {
  folder = '';
};

describeWithServer('SFTP with a real server', server ? undefined : NO_SFTP, () => {
  describeDestination('an SFTP destination', openClaimed, close);

  itNamesPrefixes(openClaimed);

  itMakesFoldersBelow(
    () => {
      const settings = { kind: 'sftp' as const, host, port, user, path, hostKeys: [hostKey] };
      return new SftpServer(settings, { kind: 'sftp', password }, SILENCE_MS);
    },
    async () => {
      await inNewFolder();
      const made = folder;
      await close();
      return made;
    },
  );

  describe('a server', () => {
    beforeAll(inNewFolder);
    afterAll(close);

    it('lets an account in by its key', async () => {
      const report = await (await open('ours', {}, { privateKey })).test();
      expect(report.isUsable).toBe(true);
    });

    it('is connected to again after a connection was lost', async () => {
      const wire = await Wire.to(port);
      const destination = await openClaimed('lost', { host: '127.0.0.1', port: wire.port });
      wire.cut();
      await expect(destination.head('packs/x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      wire.mend();
      await destination.put('packs/x', object, termsOf(object));
      expect(await buffer(await destination.get('packs/x'))).toEqual(object);
      wire.close();
    });

    it('is given up when it falls silent in the middle of an object, which is then absent', async () => {
      const wire = await Wire.to(port);
      const destination = await openClaimed('silent', { host: '127.0.0.1', port: wire.port });
      const large = randomBytes(4_000_000);
      async function* hushedInside(): AsyncGenerator<Uint8Array> {
        yield large.subarray(0, 1_000_000);
        wire.hush();
        yield large.subarray(1_000_000);
      }
      await expect(destination.put('packs/x', hushedInside(), termsOf(large))).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
      wire.mend();
      expect(await destination.head('packs/x')).toBeUndefined();
      await destination.put('packs/x', large, termsOf(large));
      expect(await destination.head('packs/x')).toMatchObject({ bytes: large.byteLength });
      wire.close();
    }, 60_000);

    it('ends a reader with an error when the connection breaks under it', async () => {
      const wire = await Wire.to(port);
      const destination = await openClaimed('broken', { host: '127.0.0.1', port: wire.port });
      const large = randomBytes(8_000_000);
      await destination.put('packs/x', large, termsOf(large));
      const reading = await destination.get('packs/x');
      wire.cut();
      await expect(buffer(reading)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      wire.close();
    });

    it('is not written to where the folder has lost its mark', async () => {
      const destination = await openClaimed('ours');
      const mark = `${folder}/.holdfast-destination`;
      await onServer<undefined>((sftp, answer) => sftp.unlink(mark, (error) => answer(error, undefined)));
      const lost = { code: 'STORE_UNAVAILABLE' };
      await expect(destination.put('packs/x', object, termsOf(object))).rejects.toMatchObject(lost);
      await expect(destination.head('packs/x')).rejects.toMatchObject(lost);
      await expect(Array.fromAsync(destination.list(''))).rejects.toMatchObject(lost);
    });
  });

  describe('a test of wrong settings', () => {
    beforeAll(inNewFolder);
    afterAll(close);
    const failing = async (destination: Destination) =>
      (await destination.test()).steps.find(({ outcome }) => outcome === 'failed');

    it.each([
      ['an unknown host', { host: 'no-such-host.invalid' }, {}, 'name', 'is not known'],
      ['a closed port', { port: 1 }, {}, 'connection', 'Nothing listens'],
      ['another host key', { hostKeys: [`SHA256:${'A'.repeat(43)}`] }, {}, 'credential', hostKey],
      ['an unknown user', { user: 'nobody-here' }, {}, 'credential', 'does not let the account in'],
      ['a wrong password', {}, { password: 'wrong' }, 'credential', 'does not let the account in'],
      ['a missing folder', { path: `${path}/missing` }, {}, 'folder', 'does not exist on the server'],
      ['a file in place of a folder', { path: '/etc/passwd' }, {}, 'folder', 'a file on the server'],
      ['a folder of somebody else', { path: '/srv' }, {}, 'write', 'refuses access'],
    ])('names %s', async (_what, settings, credentials, step, words) => {
      const found = await failing(await open('ours', settings, { password, ...credentials }));
      expect(found).toMatchObject({ step, words: expect.stringContaining(words) });
    });

    it('names a port that does not speak SSH', async () => {
      const web = createServer((_request, answer) => answer.end()).listen(0, '127.0.0.1');
      await once(web, 'listening');
      const address = web.address() as AddressInfo;
      const found = await failing(await open('ours', { host: '127.0.0.1', port: address.port }));
      expect(found).toMatchObject({ step: 'credential', words: expect.stringContaining('does not speak SSH') });
      web.close();
    });

    it('names a private key that cannot be read, and does not repeat it', async () => {
      const broken = privateKey.replace(/\n.{20}/, '\nbroken-broken-broken');
      const found = await failing(await open('ours', {}, { privateKey: broken }));
      expect(found).toMatchObject({ step: 'credential', words: expect.stringContaining('cannot be read') });
      expect(found?.words).not.toContain('broken');
    });
  });
});
