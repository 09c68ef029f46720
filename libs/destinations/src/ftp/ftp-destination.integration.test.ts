import { SystemClock } from '@holdfast/kernel';
import { describeWithServer, ftpServer, NO_FTP } from '@holdfast/testkit';
import { Wire } from '@holdfast/testkit/wire';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Destination } from '../destination.port.js';
import { describeDestination, itNamesPrefixes, termsOf } from '../destination.suite.js';
import { itMakesFoldersBelow } from '../files/file-server.suite.js';
import { openDestination } from '../open-destination.js';
import { parseDestinationCredentials, parseDestinationSettings } from '../settings.js';
import { FtpServer } from './ftp-server.js';

/** A server on a machine that is busy with something else stands still for a second or two. */
const SILENCE_MS = 5_000;
const server = ftpServer();
const none = { host: 'none.invalid', port: 1, user: 'none', password: 'none', path: '/none', ca: '' };
const { host, port, user, password, path, ca } = server ?? none;
const object = Buffer.from('sealed bytes of one pack');
const onServer = new FtpServer(
  { kind: 'ftp', host, port, user, path, tls: 'none' },
  { kind: 'ftp', password },
  SILENCE_MS,
);
let folder = '';

function open(prefix: string, settings: object = {}, credentials: object = { password }): Promise<Destination> {
  return openDestination(
    {
      settings: parseDestinationSettings({ kind: 'ftp', host, port, user, path: folder, ca, ...settings }),
      credentials: parseDestinationCredentials({ kind: 'ftp', ...credentials }),
      prefix,
    },
    { clock: new SystemClock(), randomBytes, silenceMs: SILENCE_MS },
  );
}

/** Each test has a folder of its own, so nothing has to be deleted between them. */
async function inNewFolder(): Promise<void> {
  folder = `${path}/${randomBytes(6).toString('hex')}`;
  await onServer.makeFolderBelow(path, folder);
}

const opener =
  (settings: object) =>
  async (prefix: string): Promise<Destination> => {
    if (folder === '') await inNewFolder();
    const destination = await open(prefix, settings);
    await destination.claim();
    return destination;
  };

const close = async () => {
  folder = '';
};

describeWithServer('FTP with a real server', server ? undefined : NO_FTP, () => {
  describeDestination('an FTP destination with TLS', opener({}), close, { warns: ['keep'], listed: 200 });
  describeDestination('an FTP destination without TLS', opener({ tls: 'none' }), close, {
    warns: ['credential', 'keep'],
    listed: 200,
  });

  itNamesPrefixes(opener({}));

  itMakesFoldersBelow(
    () => onServer,
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

    it('is connected to again after a connection was lost', async () => {
      const wire = await Wire.to(port);
      const destination = await opener({ port: wire.port, tls: 'none' })('lost');
      wire.cut();
      await expect(destination.head('packs/x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      wire.mend();
      await destination.put('packs/x', object, termsOf(object));
      expect(await buffer(await destination.get('packs/x'))).toEqual(object);
      wire.close();
    });

    it('that cannot be reached is away, not wrong', async () => {
      const away = await open('away', { port: 1 });
      await expect(away.head('packs/x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(away.put('packs/x', object, termsOf(object))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });

    it('is given up when it falls silent', async () => {
      const wire = await Wire.to(port);
      const destination = await opener({ port: wire.port, tls: 'none' })('silent');
      wire.hush();
      await expect(destination.put('packs/x', object, termsOf(object))).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
      wire.mend();
      await destination.put('packs/x', object, termsOf(object));
      wire.close();
    }, 60_000);

    it('lets readers stop anywhere, and others go on', async () => {
      const destination = await opener({})('stopping');
      const large = randomBytes(3_000_000);
      await destination.put('packs/x', large, termsOf(large));
      for (let reader = 0; reader < 12; reader++) {
        const reading = await destination.get('packs/x');
        for await (const _ of reading) break;
        const middle = await buffer(await destination.get('packs/x', { offset: 1_000_000, length: 50_000 }));
        expect(middle).toEqual(large.subarray(1_000_000, 1_050_000));
      }
    }, 30_000);
  });

  describe('a test of wrong settings', () => {
    beforeAll(inNewFolder);
    afterAll(close);

    it.each([
      ['an unknown host', { host: 'no-such-host.invalid' }, {}, 'name', 'is not known'],
      ['a closed port', { port: 1 }, {}, 'connection', 'Nothing listens'],
      ['an authority that is not trusted', { ca: undefined }, {}, 'credential', 'not trusted'],
      ['TLS from the first byte where there is none', { tls: 'implicit' }, {}, 'connection', 'does not speak TLS'],
      ['an unknown user', { user: 'nobody-here' }, {}, 'credential', 'does not let the account in'],
      ['a wrong password', {}, { password: 'wrong' }, 'credential', 'does not let the account in'],
      ['a missing folder', { path: `${path}/missing` }, {}, 'folder', 'does not exist on the server'],
      ['a file in place of a folder', { path: '/etc/passwd' }, {}, 'folder', 'a file on the server'],
      ['a folder of somebody else', { path: '/srv' }, {}, 'write', 'refuses'],
    ])(
      'names %s',
      async (_what, settings, credentials, step, words) => {
        const { steps } = await (await open('ours', settings, { password, ...credentials })).test();
        const found = steps.find(({ outcome }) => outcome === 'failed');
        expect(found).toMatchObject({ step, words: expect.stringContaining(words) });
        // Servers answer a wrong password late.
      },
      30_000,
    );
  });
});
