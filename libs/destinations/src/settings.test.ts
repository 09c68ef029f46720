import { describe, expect, it } from '@jest/globals';
import { parseDestinationCredentials, parseDestinationSettings } from './settings.js';

const s3 = { kind: 's3', host: 's3.example.com', bucket: 'backups' };

describe('parseDestinationSettings', () => {
  it('fills in what an ordinary bucket needs', () => {
    expect(parseDestinationSettings(s3)).toEqual({ ...s3, tls: true, region: 'us-east-1', pathStyle: true });
  });

  it.each([
    ['host', { ...s3, host: 'https://s3.example.com' }, 'no scheme'],
    ['port', { ...s3, port: 70_000 }, 'at most 65535'],
    ['bucket', { ...s3, bucket: 'My_Bucket' }, '3 to 63 lower-case letters'],
    ['region', { ...s3, region: 'EU Central' }, 'has to be a region name'],
    ['ca', { ...s3, ca: 'nonsense' }, 'PEM'],
    ['proxy.host', { ...s3, proxy: { host: '', port: 3128 } }, 'host name'],
    ['path', { kind: 'folder', path: 'relative' }, 'absolute path'],
    ['path', { kind: 'folder', path: '/backup/../etc' }, '`..`'],
    ['kind', { kind: 'tape' }, 'one of: folder, s3, azure, sftp, ftp, rclone'],
  ])('names the field %s and its rule', (field, input, words) => {
    expect(() => parseDestinationSettings(input)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => parseDestinationSettings(input)).toThrow(`${field}: `);
    expect(() => parseDestinationSettings(input)).toThrow(words);
  });

  it('names every wrong field at once', () => {
    const parse = () => parseDestinationSettings({ ...s3, host: '', bucket: '' });
    expect(parse).toThrow('host: ');
    expect(parse).toThrow('bucket: ');
  });
});

describe('settings of a server', () => {
  const sftp = {
    kind: 'sftp',
    host: 'files.example.com',
    user: 'backup',
    path: '/backup/holdfast',
    hostKeys: [`SHA256:${'A'.repeat(43)}`],
  };

  it('fills in the usual port', () => {
    expect(parseDestinationSettings(sftp)).toEqual({ ...sftp, port: 22 });
  });

  it.each([
    ['path', { ...sftp, path: 'relative' }, 'absolute path'],
    ['path', { ...sftp, path: '/backup/../etc' }, '`..`'],
    ['path', { ...sftp, path: '/backup/' }, 'absolute path'],
    ['user', { ...sftp, user: '' }, 'has to be given'],
    ['hostKeys', { ...sftp, hostKeys: [] }, 'ssh-keyscan'],
    ['hostKeys.0', { ...sftp, hostKeys: ['MD5:00:11'] }, 'fingerprint'],
  ])('names the field %s and its rule', (field, input, words) => {
    expect(() => parseDestinationSettings(input)).toThrow(`${field}: `);
    expect(() => parseDestinationSettings(input)).toThrow(words);
  });

  it('takes a password or a key, and not both', () => {
    const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----';
    const given = (credentials: object) => () => parseDestinationCredentials({ kind: 'sftp', ...credentials });
    expect(given({ password: 'secret' })).not.toThrow();
    expect(given({ privateKey, passphrase: 'secret' })).not.toThrow();
    expect(given({ password: 'secret', privateKey })).toThrow('password: ');
    expect(given({})).toThrow('password: ');
  });
});

describe('what opens a container', () => {
  const accountKey = Buffer.alloc(64, 7).toString('base64');
  const given = (credentials: object) => () => parseDestinationCredentials({ kind: 'azure', ...credentials });

  it('is a key of the account or a signature, and not both', () => {
    expect(given({ accountKey })).not.toThrow();
    expect(given({ sas: '?sv=2024-11-04&sp=racwdl&sig=abc%3D' })()).toEqual({
      kind: 'azure',
      sas: 'sv=2024-11-04&sp=racwdl&sig=abc%3D',
    });
    expect(given({ accountKey, sas: 'sig=a' })).toThrow('accountKey: ');
    expect(given({})).toThrow('accountKey: ');
  });

  it.each([{ accountKey: 'short' }, { sas: 'https://account.blob.core.windows.net/backups' }, { sas: 'sp=r sig=x' }])(
    'refuses %j and does not repeat it',
    (credentials) => {
      expect(given(credentials)).toThrow('has to be');
      expect(given(credentials)).not.toThrow(Object.values(credentials)[0]);
    },
  );

  it.each([
    ['account', { account: 'My-Account' }],
    ['container', { container: 'a--b' }],
  ])('belongs to settings whose %s has to be a name', (field, wrong) => {
    const settings = { kind: 'azure', account: 'account', container: 'backups' };
    expect(parseDestinationSettings(settings)).toEqual({ ...settings, tls: true, accountInPath: false });
    expect(() => parseDestinationSettings({ ...settings, ...wrong })).toThrow(`${field}: `);
  });
});

describe('options of rclone', () => {
  const given = (options: object) => () => parseDestinationCredentials({ kind: 'rclone', options });

  it('takes what a section of rclone.conf holds', () => {
    expect(given({ token: '{"access_token":"x"}', drive_id: 'b!1', md5sum_command_x: 'none' })).not.toThrow();
  });

  it.each(['bearer_token_command', 'key_file', 'service_account_file', 'ssh', 'env_auth', 'remote', 'upstreams'])(
    'refuses %s, which reaches into the machine',
    (name) => {
      expect(given({ [name]: 'x' })).toThrow('reach for files, programs or accounts of the machine');
    },
  );

  it('refuses what could end a line', () => {
    expect(given({ token: 'a\nb' })).toThrow('one line');
    expect(given({ 'a b': 'x' })).toThrow('name of an option');
  });
});

describe('parseDestinationCredentials', () => {
  it('never repeats a secret in its refusal', () => {
    const parse = () =>
      parseDestinationCredentials({ kind: 's3', accessKey: '', secretKey: 'very secret'.repeat(1_000) });
    expect(parse).toThrow('accessKey: has to be given');
    expect(parse).not.toThrow('very secret');
  });
});
