import {
  AppError,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
  parseVaultId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { MemoryVault, MovableClock } from '@holdfast/testkit';
import { deriveVaultKeys, newRootKey } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { OpenedVaults, VaultLimits } from './opened-vaults.js';
import { type GivenSnapshot, type Reading, VaultAccess, type VaultSecrets } from './vault-access.port.js';

const id = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
const ours = parseTenantId(id('a'));
const theirs = parseTenantId(id('b'));
const vault = parseVaultId(id('c'));
const browsing = { actor: 'ann', reason: 'browse' } as const;

class Limits extends VaultLimits {
  override readonly vaults = 2;
  override readonly cacheBytes = 1_000;
  override readonly keptMs = 60_000;
}

/** Each tenant's vault has its own keys; every opening is noted. */
class Access extends VaultAccess {
  readonly audited: string[] = [];
  refuses = false;
  asked = 0;
  keptForMs = 0;
  snapshotFailure: 'NOT_FOUND' | 'KEY_WRONG' = 'NOT_FOUND';

  override async openToRead(tenant: TenantId, _vault: VaultId, { actor, reason }: Reading): Promise<VaultSecrets> {
    if (this.refuses) throw new AppError('PERMISSION_DENIED', 'Not any more.');
    this.audited.push(`${tenant.slice(0, 1)} ${actor} ${reason}`);
    return this.openForTask();
  }

  override async openForTask(): Promise<VaultSecrets> {
    return { keys: deriveVaultKeys([newRootKey(randomBytes)]), signingKeys: new Map() };
  }

  override async sealedSnapshot(): Promise<GivenSnapshot> {
    this.asked += 1;
    // None that is proven, so it is asked for each time; but the time is told.
    if (this.keptForMs > 0) return { sealed: Buffer.alloc(8), keptForMs: this.keptForMs };
    throw new AppError(this.snapshotFailure, 'It cannot be had.');
  }

  override chunks(): MemoryVault {
    return new MemoryVault();
  }
}

function opened() {
  const access = new Access();
  const clock = new MovableClock();
  return { access, clock, vaults: new OpenedVaults(access, new Limits(), clock) };
}

describe('OpenedVaults', () => {
  it('audits each person and reason once in a while, and keeps what was read', async () => {
    const { access, clock, vaults } = opened();
    const first = await vaults.toRead(ours, vault, browsing);
    expect(await vaults.toRead(ours, vault, browsing)).toBe(first);
    expect(await vaults.toRead(ours, vault, { actor: 'bob', reason: 'export' })).toBe(first);
    expect(access.audited).toEqual(['a ann browse', 'a bob export']);
    await clock.advance(61_000);
    expect(await vaults.toRead(ours, vault, browsing)).not.toBe(first);
    expect(access.audited).toHaveLength(3);
  });

  it('opens a vault anew that has got a root key since', async () => {
    const { access, vaults } = opened();
    const resource = parseResourceId('mail.u1');
    const snapshot = parseSnapshotId('ab'.repeat(32));
    const first = await vaults.toRead(ours, vault, browsing);
    await expect(first.snapshot(resource, snapshot)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await vaults.toRead(ours, vault, browsing)).toBe(first);
    access.snapshotFailure = 'KEY_WRONG';
    await expect(first.snapshot(resource, snapshot)).rejects.toMatchObject({ code: 'KEY_WRONG' });
    expect(await vaults.toRead(ours, vault, browsing)).not.toBe(first);
  });

  it('never gives one tenant what another opened', async () => {
    const { access, vaults } = opened();
    const mine = await vaults.toRead(ours, vault, browsing);
    expect(await vaults.toRead(theirs, vault, browsing)).not.toBe(mine);
    expect(access.audited).toEqual(['a ann browse', 'b ann browse']);
  });

  it('refuses a person whom the keys are refused, though a task has the vault open', async () => {
    const { access, vaults } = opened();
    await vaults.forTask(ours, vault, 'grant');
    access.refuses = true;
    await expect(vaults.toRead(ours, vault, browsing)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it.each([
    ['a quarter of the time that storage grants', 8_000, 2_000],
    ['an hour, where that is less', 86_400_000, 3_600_000],
  ])('asks for what is held again after %s, until it is released', async (_name, keptForMs, againMs) => {
    const { access, clock, vaults } = opened();
    access.keptForMs = keptForMs;
    const opening = await vaults.forTask(ours, vault, 'grant');
    const held = { resourceId: parseResourceId('mail.u1'), snapshotId: parseSnapshotId('ab'.repeat(32)) };
    const release = opening.hold([held]);
    await clock.advance(0);
    expect(access.asked).toBe(1);
    for (let times = 2; times < 10; times += 1) {
      await clock.advance(againMs - 1);
      expect(access.asked).toBe(times - 1);
      await clock.advance(1);
      expect(access.asked).toBe(times);
    }
    release();
    await clock.advance(2 * againMs);
    expect(access.asked).toBe(9);
  });

  it('lets go of the vault that was used longest ago when there are too many', async () => {
    const { vaults } = opened();
    const [one, two, three] = ['1', '2', '3'].map((digit) => parseVaultId(id(digit)));
    const first = await vaults.forTask(ours, one!, 'grant');
    await vaults.forTask(ours, two!, 'grant');
    expect(await vaults.forTask(ours, one!, 'grant')).toBe(first);
    await vaults.forTask(ours, three!, 'grant');
    expect(await vaults.forTask(ours, one!, 'grant')).toBe(first);
  });
});
