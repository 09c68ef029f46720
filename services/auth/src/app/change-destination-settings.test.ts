import { AppError, parseDestinationId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { ChangeDestinationSettings } from './change-destination-settings.js';
import type { DestinationChange, DestinationRow, Destinations } from './destinations.port.js';
import { KeepDestination } from './keep-destination.js';
import type { SecretBox } from './secret-box.port.js';
import type { Tenants } from './tenants.port.js';
import type { DestinationTest, VaultFinder } from './vault-finder.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const [id, other] = ['1', '2'].map((digit) => parseDestinationId(`${digit.repeat(8)}-0000-4000-8000-000000000000`)) as [
  ReturnType<typeof parseDestinationId>,
  ReturnType<typeof parseDestinationId>,
];
const vault = { vaultId: parseVaultId('cccccccc-0000-4000-8000-000000000000'), header: Buffer.from('header') };
const ftp = { kind: 'ftp', host: 'files.example.com', tls: 'explicit', user: 'backup', path: '/backup' };
const secret = JSON.stringify({ kind: 'ftp', password: 'kept' });
const row = (destinationId: typeof id, settings: object): DestinationRow => ({
  tenantId: tenant,
  destinationId,
  displayName: 'Server',
  kind: 'ftp',
  settingsJson: JSON.stringify(settings),
  createdAtMs: 0,
  version: 3,
});

/** Two destinations with one vault at each; storage answers `test`. */
function scene(test: DestinationTest = { ok: true, steps: [] }) {
  const tested: { readonly settingsJson: string; readonly credentialsJson: string }[] = [];
  const changes: DestinationChange[] = [];
  const destinations = {
    get: async () => row(id, ftp),
    sealedCredentials: async () => Buffer.from(secret),
    list: async () => [row(id, ftp), row(other, { ...ftp, path: '/other' })],
    vaultsAt: async () => [vault],
    change: async (_tenant: unknown, _id: unknown, _read: unknown, change: DestinationChange) => {
      changes.push(change);
      return row(id, ftp);
    },
  } as unknown as Destinations;
  const box = {
    seal: (_t: unknown, _n: unknown, text: Buffer) => text,
    open: (_t: unknown, _n: unknown, sealed: Buffer) => sealed,
  };
  const keep = new KeepDestination(destinations, {} as Tenants, box as unknown as SecretBox);
  const finder = {
    test: async (_tenant: unknown, _id: unknown, place: (typeof tested)[number]) => {
      tested.push(place);
      return test;
    },
  } as unknown as VaultFinder;
  const verb = new ChangeDestinationSettings(destinations, keep, finder);
  const run = (settings: object, more: object = {}) => {
    const given = { version: 3, displayName: '', settingsJson: JSON.stringify(settings), credentialsJson: '' };
    return verb.run(tenant, id, { ...given, ...more });
  };
  return { run, tested, changes };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

describe('ChangeDestinationSettings', () => {
  it('tries new settings with the credentials that are kept, and keeps them', async () => {
    const { run, tested, changes } = scene();
    await run({ ...ftp, path: '/moved' });
    expect(tested).toEqual([{ settingsJson: expect.stringContaining('/moved'), credentialsJson: secret }]);
    expect(changes).toEqual([
      { displayName: 'Server', settingsJson: expect.stringContaining('/moved'), sealedCredentials: undefined },
    ]);
  });

  it('tries new credentials before it seals them', async () => {
    const { run, tested, changes } = scene();
    const credentialsJson = JSON.stringify({ kind: 'ftp', password: 'rotated' });
    await run(ftp, { credentialsJson });
    expect(tested[0]?.credentialsJson).toBe(credentialsJson);
    expect(changes[0]?.sealedCredentials?.toString()).toBe(credentialsJson);
  });

  it('tries nothing for another name alone', async () => {
    const { run, tested, changes } = scene();
    await run(ftp, { displayName: 'Other name' });
    expect([tested.length, changes[0]?.displayName]).toEqual([0, 'Other name']);
  });

  it('changes nothing where the test fails, and says which step', async () => {
    const { run, changes } = scene({
      ok: false,
      steps: [
        { name: 'name', ok: true, message: 'Known.' },
        { name: 'vault', ok: false, message: 'Another place.' },
      ],
    });
    await expect(run({ ...ftp, path: '/moved' })).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('vault: Another place.'),
    });
    expect(changes).toEqual([]);
  });

  it.each([
    ['a version that is not the stored one', ftp, { version: 2 }, 'CONFLICT'],
    ['another kind', { kind: 'folder', path: '/backup' }, {}, 'INVALID_ARGUMENT'],
    ['another server without its credentials', { ...ftp, host: 'files.example.org' }, {}, 'INVALID_ARGUMENT'],
    ['credentials of another kind', ftp, { credentialsJson: '{"kind":"folder"}' }, 'INVALID_ARGUMENT'],
    ['the place of another destination', { ...ftp, path: '/other' }, {}, 'FAILED_PRECONDITION'],
    ['settings that are none', { ...ftp, path: 'relative' }, {}, 'INVALID_ARGUMENT'],
  ])('refuses %s', async (_what, settings, more, code) => {
    const { run, tested, changes } = scene();
    expect(await codeOf(run(settings, more))).toBe(code);
    expect([tested.length, changes.length]).toEqual([0, 0]);
  });
});
