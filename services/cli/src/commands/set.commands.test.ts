import { newBackupSet, newTenant } from '@holdfast/contracts/api';
import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ID, NOW, PLACE, SET, TENANT, ours, rows, set, tenant, useFakeApi, world } from '../api-world.suite.js';

const api = useFakeApi();

describe('tenants and sets', () => {
  it('registers a tenant with a secret that stands on no command line', async () => {
    api().answers({ 'POST tenants': tenant(TENANT, 'Contoso') });
    const line = ['tenant', 'add', 'Contoso', '--directory', ID(8), '--client', ID(9)];
    const { code } = await api().run(line, { env: { HOLDFAST_CLIENT_SECRET: 'hunter2' } });
    expect(code).toBe(0);
    expect(newTenant.parse(api().sent('POST tenants')).credential).toEqual({ kind: 'secret', clientSecret: 'hunter2' });
    const missing = await api().run(line);
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('HOLDFAST_CLIENT_SECRET')]);
  });

  it('fails a test that found something, and names it', async () => {
    const steps = [{ name: 'mail', ok: false, message: 'A right is missing.', missingPermissions: ['Mail.Read'] }];
    api().answers({ ...world, [`POST ${ours}/test`]: { ok: false, steps } });
    const { code, out } = await api().run(['tenant', 'test']);
    expect([code, out]).toEqual([1, expect.stringContaining('missing: Mail.Read')]);
  });

  it('makes a set of chosen accounts by their addresses and shows the key once', async () => {
    const keyText = `${'k'.repeat(43)}=`;
    api().answers({
      ...world,
      [`GET ${ours}/destinations`]: rows({
        destinationId: PLACE,
        displayName: 'Here',
        kind: 'folder',
        settings: { kind: 'folder', path: '/b' },
        createdAtMs: NOW,
        version: 1,
      }),
      [`POST ${ours}/backup-sets`]: { backupSet: set, keyText, warnings: ['Weak.'] },
    });
    const chosen = ['--account', 'ann@example.com', '--destination', 'Here', '--workload', 'mail'];
    const { code, out, err } = await api().run(['set', 'create', 'Board', ...chosen]);
    expect([code, err]).toEqual([0, 'Weak.\n']);
    expect(out).toContain(`Key: ${keyText}`);
    const body = newBackupSet.parse(api().sent(`POST ${ours}/backup-sets`));
    expect(body.source).toMatchObject({ accountIds: ['u1'], workloads: ['mail'] });
    expect(body.vault).toMatchObject({ destinationIds: [PLACE], encryption: { kind: 'default' } });
    expect((await api().run(['set', 'create', 'Board', '--destination', 'Here'])).code).toBe(2);
  });

  it('makes a set that a user password opens, in escrow, and shows both keys once', async () => {
    const [keyText, recoveryKeyText] = ['k', 'r'].map((letter) => `${letter.repeat(43)}=`);
    const home = { displayName: 'Here', kind: 'folder', settings: { kind: 'folder', path: '/b' } };
    api().answers({
      ...world,
      [`GET ${ours}/destinations`]: rows({ destinationId: PLACE, ...home, createdAtMs: NOW, version: 1 }),
      [`POST ${ours}/backup-sets`]: { backupSet: set, keyText, recoveryKeyText, warnings: [] },
    });
    const file = join(api().home, 'password');
    await writeFile(file, 'correct horse battery staple\n');
    const line = ['set', 'create', 'Board', '--all-accounts', '--destination', 'Here', '--escrow'];
    const made = await api().run([...line, '--encryption', 'user-password', '--passphrase-file', file]);
    expect(made.out).toContain(`Recovery key: ${recoveryKeyText}`);
    const { vault } = newBackupSet.parse(api().sent(`POST ${ours}/backup-sets`));
    const encryption = { kind: 'user-password', passphrase: 'correct horse battery staple', escrow: true };
    expect(vault).toMatchObject({ encryption });
    const random = await api().run(line);
    expect([random.code, random.err]).toEqual([2, expect.stringContaining('holdfast vault key escrow')]);
  });

  it('adds, orders and takes away where the vault of a set lies', async () => {
    const here = PLACE ?? ID(7);
    const there = ID(9);
    const lockFailure = {
      sinceMs: NOW,
      lastTriedAtMs: NOW,
      message: 'Locks could not be extended.',
      objects: 2,
      bytes: 2048,
      unseenObjects: 0,
    };
    const vault = {
      vaultId: set.vaultId,
      keyKind: 'default',
      keyBits: 256,
      destinationIds: [here],
      createdAtMs: NOW,
      generation: 1,
      statistics: {
        packs: 3,
        packsBytes: 10,
        dataBytes: 5,
        metaBytes: 5,
        chunks: 1,
        snapshots: 1,
        destinations: [
          { destinationId: here, packs: 3, packsBytes: 10, packsBehind: 0, keysBehind: 0 },
          { destinationId: there, packs: 1, packsBytes: 4, packsBehind: 2, keysBehind: 3, lockFailure },
        ],
      },
    };
    const place = (destinationId: string, displayName: string) => ({
      destinationId,
      displayName,
      kind: 'folder',
      settings: { kind: 'folder', path: '/b' },
      createdAtMs: NOW,
      version: 1,
    });
    const at = `${ours}/vaults/${set.vaultId}`;
    api().answers({
      ...world,
      [`GET ${ours}/backup-sets/${SET}`]: set,
      [`GET ${ours}/destinations`]: rows(place(here, 'Here'), place(there, 'There')),
      [`GET ${at}`]: vault,
      [`PUT ${at}/destinations`]: vault,
    });
    const sent = () => api().sent(`PUT ${at}/destinations`);
    const shown = await api().run(['set', 'destinations', 'everybody']);
    expect(shown.out).toMatch(/Here +3 .*\n?There +1 .* 2 packs, keys/);
    expect(shown.err).toContain('“There” has not taken all changes of the keys yet');
    expect(shown.err).toContain('Locks could not be extended. Due are 2 objects of 2.0 KiB.');
    expect(sent()).toBeUndefined();
    await api().run(['set', 'destinations', 'everybody', '--add', 'There']);
    expect(sent()).toEqual({ destinationIds: [here, there] });
    await api().run(['set', 'destinations', 'everybody', '--add', 'There', '--order', 'There']);
    expect(sent()).toEqual({ destinationIds: [there, here] });
    await api().run(['set', 'destinations', 'everybody', '--add', 'There', '--remove', 'Here']);
    expect(sent()).toEqual({ destinationIds: [there] });
    const again = await api().run(['set', 'destinations', 'everybody', '--add', 'Here']);
    expect([again.code, again.err]).toEqual([0, expect.stringContaining('The vault lies at Here already.')]);
    const wrong = await api().run(['set', 'destinations', 'everybody', '--remove', 'There']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('does not lie at There')]);
  });

  it('changes a set at the version it read and leaves the rest', async () => {
    api().answers({ ...world, [`GET ${ours}/backup-sets/${SET}`]: set, [`PUT ${ours}/backup-sets/${SET}`]: set });
    await api().run(['set', 'change', 'everybody', '--name', 'All']);
    expect(api().sent(`PUT ${ours}/backup-sets/${SET}`)).toEqual({
      version: 4,
      displayName: 'All',
      source: set.source,
      timeZone: 'UTC',
      retention: { days: 30 },
    });
    await api().run(['set', 'change', 'everybody', '--keep-days', '90', '--keep-weekly', '8:monday']);
    expect(api().sent(`PUT ${ours}/backup-sets/${SET}`)).toMatchObject({
      retention: { days: 90, weekly: { count: 8, weekday: 'monday' } },
    });
    const { out } = await api().run(['set', 'change', 'everybody', '--retention', 'on-request']);
    expect(api().sent(`PUT ${ours}/backup-sets/${SET}`)).toMatchObject({
      retention: { days: 30 },
      retentionRuns: 'on-request',
    });
    expect(out).toMatch(/Retention +after each backup, by itself/);
    expect((await api().run(['set', 'change', 'everybody', '--retention', 'daily'])).code).toBe(2);
  });
});
