import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  JOB,
  NOW,
  PLACE,
  SET,
  VAULT,
  activity,
  job,
  ours,
  report,
  set as theSet,
  useFakeApi,
  world,
} from '../api-world.suite.js';

const api = useFakeApi();
const KEYS = ['A', 'B'].map((letter) => `${letter.repeat(42)}A=`);
const at = `POST ${ours}/vault-rebuilds`;
const found = {
  vaultId: VAULT,
  newestJobStartedAtMs: NOW,
  resourcesLookedAt: 2,
  isEveryResource: true,
  isKnown: false,
  copies: [
    { destinationId: PLACE, holdsVault: true, newestJobStartedAtMs: NOW },
    { destinationId: SET, holdsVault: false },
  ],
  warnings: [],
};
const places = {
  [`GET ${ours}/destinations`]: {
    rows: [
      {
        destinationId: PLACE,
        displayName: 'NAS',
        kind: 'folder',
        settings: { kind: 'folder', path: '/nas' },
        createdAtMs: NOW,
        version: 1,
      },
    ],
  },
};
const rebuilding = { ...job, kind: 'rebuild', backupSetId: undefined };

async function keyFile(): Promise<string> {
  const file = join(api().home, 'keys');
  await writeFile(file, `${KEYS.join('\n')}\n`);
  return file;
}

describe('vault key', () => {
  const vault = `${ours}/vaults/${VAULT}`;
  const file = async (text: string, called = 'secret') => {
    const name = join(api().home, called);
    await writeFile(name, `${text}\n`);
    return name;
  };
  const changed = (more: object) => ({ keyTexts: [], warnings: [], ...more });
  const sets = () => ({ [`GET ${ours}/backup-sets/${SET}`]: theSet });

  it('changes the passphrase, and passes warnings on', async () => {
    const at = `PUT ${vault}/passphrase`;
    api().answers({ ...world, ...sets(), [at]: changed({ warnings: ['The passphrase is weak.'] }) });
    const line = ['vault', 'key', 'passphrase', '--passphrase-file', await file('password')];
    const old = ['--old-passphrase-file', await file('the one before', 'old')];
    const { code, out, err } = await api().run([...line, ...old]);
    expect([code, err]).toEqual([0, expect.stringContaining('weak')]);
    expect(out).toContain('the old one does not');
    const proof = { kind: 'passphrase', passphrase: 'the one before' };
    expect(api().sent(at)).toEqual({ passphrase: 'password', proof });
    await api().run([...line, '--recovery-key-file', await file(KEYS[0]!, 'recovery')]);
    expect(api().sent(at)).toMatchObject({ proof: { kind: 'recovery', recoveryKey: KEYS[0] } });
    await api().run([...line, '--vault-key-file', await file(KEYS[1]!, 'key')]);
    expect(api().sent(at)).toMatchObject({ proof: { kind: 'key', keys: [KEYS[1]] } });
  });

  it('changes no passphrase without the present one, and takes one proof', async () => {
    api().answers({ ...world, ...sets() });
    const line = ['vault', 'key', 'passphrase', '--passphrase-file', await file('password')];
    const none = await api().run(line);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('HOLDFAST_OLD_PASSPHRASE')]);
    const two = ['--old-passphrase-file', await file('old', 'old'), '--recovery-key-file', await file(KEYS[0]!, 'r')];
    expect((await api().run([...line, ...two])).err).toContain('Give one of --old-passphrase-file');
  });

  it('shows new and recovered keys', async () => {
    api().answers({
      ...world,
      ...sets(),
      [`POST ${vault}/key-rotations`]: changed({ keyTexts: [KEYS[1]], recoveryKeyText: KEYS[0] }),
      [`POST ${vault}/escrows`]: changed({ recoveryKeyText: KEYS[0] }),
      [`POST ${vault}/key-recoveries`]: changed({ keyTexts: KEYS }),
    });
    const rotated = await api().run(['vault', 'key', 'rotate', 'Everybody']);
    expect(rotated.out).toContain(`Key: ${KEYS[1]}\nRecovery key: ${KEYS[0]}`);
    expect((await api().run(['vault', 'key', 'escrow'])).out).toContain(`Recovery key: ${KEYS[0]}`);
    const recovered = await api().run(['vault', 'key', 'recover', '--recovery-key-file', await file(KEYS[0]!)]);
    expect(recovered.out).toContain(`Key: ${KEYS[0]}\nKey: ${KEYS[1]}`);
    expect(api().sent(`POST ${vault}/key-recoveries`)).toEqual({ recoveryKey: KEYS[0] });
  });
});

describe('vault rebuild', () => {
  it('says how new the newest backup is, and changes nothing without a yes', async () => {
    api().answers({ ...world, ...places, [at]: found });
    const line = ['vault', 'rebuild', '--destination', 'NAS', '--vault-key-file', await keyFile()];
    const { code, out, err } = await api().run(line);
    expect([code, out]).toEqual([1, expect.stringContaining('The newest backup in the vault is of 2025-01-01')]);
    expect(err).toContain('Nothing was changed');
    const secret = { kind: 'key', keys: KEYS };
    expect(api().sent(at)).toEqual({ destinationIds: [PLACE], secret, lookOnly: true });
    expect((await api().run([...line, '--look'])).code).toBe(0);
  });

  it('brings the vault back and says what came', async () => {
    const housekeeping = [
      { cause: 'snapshots', items: 12 },
      { cause: 'sets', items: 1 },
    ];
    const destinations = [
      {
        destinationId: PLACE,
        counts: [
          { cause: 'snapshotsTaken', items: 12 },
          { cause: 'packsTaken', items: 3 },
        ],
      },
    ];
    api().answers({
      ...world,
      ...places,
      [at]: { ...found, job: rebuilding, warnings: ['Destination NAS did not answer.'] },
      [`GET ${ours}/jobs/${JOB}/activity`]: `event: activity\ndata: ${JSON.stringify(activity)}\n\nevent: end\ndata: {}\n\n`,
      [`GET ${ours}/jobs/${JOB}`]: rebuilding,
      [`GET ${ours}/jobs/${JOB}/report`]: { ...report, housekeeping, destinations },
    });
    const line = ['vault', 'rebuild', '--destination', 'NAS', '--provider-key', '--yes', '--watch'];
    const { code, out, err } = await api().run(line);
    expect([code, err]).toEqual([0, expect.stringContaining('did not answer')]);
    expect(out).toContain('Backup sets brought back: 1');
    expect(out).toContain(`NAS: newest backup of 2025-01-01 00:00:00\n${SET}: nothing of the vault`);
    expect(out).toContain('NAS: packs taken: 3, snapshots taken: 12');
    expect(api().sent(at)).toEqual({ destinationIds: [PLACE], secret: { kind: 'provider' }, vaultId: VAULT });
  });
});
