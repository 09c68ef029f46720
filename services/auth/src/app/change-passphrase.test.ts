import { parseDestinationId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { formatRootKey, keyWrapObjectName, newRootKey, wrapRootKey, type WrapSecret } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { KeyKind } from '../domain/key-kind.js';
import type { Strength } from '../domain/passphrase-verdict.js';
import { ChangeKeys, type PassphraseChange } from './change-keys.js';
import { CheckKeyPolicy } from './check-key-policy.js';
import { CheckPassphrase } from './check-passphrase.js';
import type { KeyChanges } from './key-changes.port.js';
import type { OpenVault } from './open-vault.js';
import type { PassphraseStrength } from './passphrase-strength.port.js';
import { ReadKeyObjects } from './read-key-objects.js';
import type { SecretBox } from './secret-box.port.js';
import type { NamedObject, VaultFinder } from './vault-finder.port.js';
import type { VaultWriter } from './vault-writer.port.js';
import type { Vaults } from './vaults.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const near = parseDestinationId('11111111-0000-4000-8000-000000000000');
const OLD = 'a lighthouse keeps no secrets';
const NEW = 'seven pelicans argue over marmalade';
const byOld = { kind: 'passphrase', passphrase: OLD } as const;

interface World {
  readonly keyKind?: KeyKind;
  readonly isEscrowed?: boolean;
  readonly isEscrowRequired?: boolean;
  readonly leastStrength?: Strength;
  /** No wrap lies beside the vault any more. */
  readonly isBare?: boolean;
  /** What is told of destinations that do not answer. */
  readonly unreached?: readonly string[];
}

/** A vault that OLD opens, with a policy; every passphrase but NEW and OLD is weak. */
function world({ keyKind = 'user-password', leastStrength = 4, ...is }: World = {}) {
  const [root, recovery, stranger] = [newRootKey(randomBytes), newRootKey(randomBytes), newRootKey(randomBytes)];
  const wrapped = (secret: WrapSecret): NamedObject => {
    const content = wrapRootKey(root, 0, secret, randomBytes);
    return { name: keyWrapObjectName(content), content };
  };
  const keys = [wrapped(byOld), ...(is.isEscrowed === true ? [wrapped({ kind: 'recovery', key: recovery })] : [])];
  const vault = { tenantId: tenant, vaultId, keyKind, destinationIds: [near] };
  const finder = {
    async *vaultsAt() {
      yield { keys: is.isBare === true ? [] : keys };
    },
  } as unknown as VaultFinder;
  const replaced: string[] = [];
  const writer = {
    replaceKeys: async (_tenant: unknown, _vault: unknown, kind: string) => {
      replaced.push(kind);
      return is.unreached ?? [];
    },
  } as unknown as VaultWriter;
  const open = { run: async () => ({ vault, roots: [{ key: root }] }) } as unknown as OpenVault;
  const vaults = { get: async () => vault } as unknown as Vaults;
  const alone = { alone: (_t: unknown, _v: unknown, work: () => Promise<unknown>) => work() } as unknown as KeyChanges;
  const policy = { leastStrength, isEscrowRequired: is.isEscrowRequired === true };
  const estimates = {
    estimate: (text: string) => ({
      strength: text === NEW || text === OLD ? 4 : 1,
      triesLog10: 4,
      advice: ['Common.'],
    }),
  } as PassphraseStrength;
  const read = new ReadKeyObjects(finder);
  const check = new CheckPassphrase(estimates, policy);
  const verb = new ChangeKeys(vaults, open, read, writer, {} as SecretBox, alone, check, policy);
  const change = (proof: PassphraseChange['proof'], passphrase = NEW) =>
    verb.passphrase(tenant, vaultId, { passphrase, proof });
  const further = () => new CheckKeyPolicy(vaults, read, policy).run(tenant, vaultId);
  return { root, recovery, stranger, verb, change, further, replaced };
}

describe('a change of passphrase', () => {
  it.each(['user-password', 'custom'] as const)('is made for whoever has the present one (%s)', async (keyKind) => {
    const { change, replaced } = world({ keyKind });
    expect(await change(byOld)).toEqual({ keyTexts: [], warnings: [] });
    expect(replaced).toEqual(['passphrase']);
  });

  it('is made for whoever has the recovery key or a root key', async () => {
    const { change, root, recovery, replaced } = world({ isEscrowed: true });
    await change({ kind: 'recovery', key: recovery });
    await change({ kind: 'root', roots: [root] });
    expect(replaced).toEqual(['passphrase', 'passphrase']);
  });

  it('is refused for any other secret, and nothing is changed', async () => {
    const { change, stranger, replaced } = world({ isEscrowed: true });
    const wrong = expect.objectContaining({ code: 'KEY_WRONG' });
    await expect(change({ kind: 'passphrase', passphrase: NEW })).rejects.toEqual(wrong);
    await expect(change({ kind: 'recovery', key: stranger })).rejects.toEqual(wrong);
    await expect(change({ kind: 'root', roots: [stranger] })).rejects.toEqual(wrong);
    await expect(change({ kind: 'passphrase', passphrase: 'x' })).rejects.toThrow('its passphrase stays as it is');
    expect(replaced).toEqual([]);
  });

  it('says of a destination that is away that the old passphrase, or recovery key, opens the vault there until it answers', async () => {
    const { change, verb } = world({ unreached: ['Destination far: it is off.'] });
    const until = (what: string) => [expect.stringMatching(`^Destination far: it is off. .*${what}.*after it answers`)];
    expect((await change(byOld)).warnings).toEqual(until('the old passphrase'));
    expect((await verb.escrow(tenant, vaultId)).warnings).toEqual(until('an earlier recovery key'));
  });

  it('takes no key for proven because all wraps are lost', async () => {
    const { change, root, stranger } = world({ isBare: true });
    await expect(change({ kind: 'root', roots: [stranger] })).rejects.toMatchObject({ code: 'KEY_WRONG' });
    await change({ kind: 'root', roots: [root] });
  });

  it('is refused for a weak one, with the reason and without its words, or warned of where the provider allows it', async () => {
    const refused = await world()
      .change(byOld, 'zanzibar')
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('Common.') });
    expect(String(refused)).not.toContain('zanzibar');
    const { change, replaced } = world({ leastStrength: 0 });
    expect((await change(byOld, 'zanzibar')).warnings).toEqual([expect.stringContaining('Common.')]);
    expect(replaced).toEqual(['passphrase']);
  });

  it('is refused for a vault without one', async () => {
    await expect(world({ keyKind: 'default' }).change(byOld)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });
});

describe('escrow that the provider requires', () => {
  const notEscrowed = /keys of every vault with a passphrase are in escrow.*vault key escrow/s;

  it('is asked for before a passphrase is changed, a key is added or a further set comes', async () => {
    const { verb, change, further, replaced } = world({ isEscrowRequired: true });
    await expect(change(byOld)).rejects.toThrow(notEscrowed);
    await expect(verb.rotate(tenant, vaultId, OLD)).rejects.toThrow(notEscrowed);
    await expect(further()).rejects.toThrow(notEscrowed);
    expect(replaced).toEqual([]);
    const { recoveryKeyText } = await verb.escrow(tenant, vaultId);
    expect([recoveryKeyText?.length, replaced]).toEqual([44, ['recovery']]);
  });

  it('asks nothing of what is in escrow, or has no passphrase', async () => {
    const { change, further } = world({ isEscrowRequired: true, isEscrowed: true });
    await change(byOld);
    await further();
    await world({ isEscrowRequired: true, keyKind: 'default' }).further();
  });

  it('tells a wrong passphrase before it speaks of escrow', async () => {
    const { change, stranger } = world({ isEscrowRequired: true });
    const wrong = change({ kind: 'passphrase', passphrase: formatRootKey(stranger) });
    await expect(wrong).rejects.toMatchObject({ code: 'KEY_WRONG' });
  });
});
