import { describe, expect, it } from '@jest/globals';
import { placeOf, showsSecretsElsewhere } from './same-place.js';
import { parseDestinationSettings } from './settings.js';

const s3 = { kind: 's3', host: 's3.example.com', bucket: 'backups' };
const sftp = {
  kind: 'sftp',
  host: 'files.example.com',
  user: 'backup',
  path: '/backup',
  hostKeys: [`SHA256:${'A'.repeat(43)}`],
};
const azure = { kind: 'azure', account: 'account', container: 'backups' };
const of = parseDestinationSettings;

describe('placeOf', () => {
  it.each([
    ['a region', s3, { region: 'eu-central-1' }, true],
    ['a bucket', s3, { bucket: 'others' }, false],
    ['an account of a server', sftp, { user: 'other' }, true],
    ['a folder', sftp, { path: '/other' }, false],
    ['a container', azure, { container: 'others' }, false],
  ])('tells whether %s makes it another place', (_what, settings, change, isSame) => {
    expect(placeOf(of(settings)) === placeOf(of({ ...settings, ...change }))).toBe(isSame);
  });

  it('does not know what hides behind options of rclone', () => {
    expect(placeOf(of({ kind: 'rclone', backend: 'dropbox', path: 'backup' }))).toBeUndefined();
  });
});

describe('showsSecretsElsewhere', () => {
  it.each([
    ['another bucket', s3, { bucket: 'others' }, false],
    ['another host of S3, which is never shown the key', s3, { host: 's3.example.org' }, false],
    ['a proxy, which is shown its password', s3, { proxy: { host: 'proxy.example.com', port: 3128 } }, true],
    ['another folder', sftp, { path: '/other' }, false],
    ['another server', sftp, { host: 'files.example.org' }, true],
    ['another host key', sftp, { hostKeys: [`SHA256:${'B'.repeat(43)}`] }, true],
    ['no TLS', azure, { tls: false }, true],
    ['another container', azure, { container: 'others' }, false],
  ])('knows of %s', (_what, settings, change, isShown) => {
    expect(showsSecretsElsewhere(of(settings), of({ ...settings, ...change }))).toBe(isShown);
  });
});
