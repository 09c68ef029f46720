import type { GrantClaims } from '@holdfast/contracts';
import { AppError, parseJobId, parseResourceId, parseTaskId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { GrantChecker } from './grant-checker.js';
import { publicJwk, signGrant } from './grants.js';

const id = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
const claims: Omit<GrantClaims, 'iss'> = {
  exp: 1_000,
  kind: 'backup',
  tenant: parseTenantId(id('a')),
  vault: parseVaultId(id('b')),
  job: parseJobId(id('c')),
  task: parseTaskId(id('d')),
  resource: parseResourceId('mail.u1'),
  lane: 'increment',
  epoch: 7,
  holder: 'crawler',
};
const ours = generateKeyPairSync('ed25519').privateKey;
const foreign = generateKeyPairSync('ed25519').privateKey;
const clock = new MovableClock(500_000);
const checker = () => new GrantChecker(async () => [await publicJwk(ours)], clock);

describe('GrantChecker', () => {
  it('reads what scheduler signed', async () => {
    await expect(checker().check(await signGrant(ours, claims))).resolves.toMatchObject({ epoch: 7, tenant: id('a') });
  });

  it.each([
    ['that is not scheduler’s', async () => signGrant(foreign, claims)],
    ['whose time is over', async () => signGrant(ours, { ...claims, exp: 500 })],
    ['that was altered', async () => (await signGrant(ours, claims)).replace(/\.([^.]{4})/, '.eyJ9')],
    ['that is no JWT', async () => 'nonsense'],
  ])('refuses a grant %s', async (_, make) => {
    await expect(checker().check(await make())).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
  });

  it('asks for keys it does not know, but not at every made-up grant', async () => {
    let asked = 0;
    const counting = new GrantChecker(async () => {
      asked += 1;
      return [await publicJwk(ours)];
    }, clock);
    const made = await signGrant(foreign, claims);
    for (let times = 0; times < 5; times += 1) await expect(counting.check(made)).rejects.toThrow();
    expect(asked).toBe(1);
  });

  it('believes a key no longer that scheduler has replaced, because it leaked say', async () => {
    let keys = [await publicJwk(ours)];
    const time = new MovableClock(500_000);
    const lasting = new GrantChecker(async () => keys, time);
    await lasting.check(await signGrant(ours, claims));
    const next = generateKeyPairSync('ed25519').privateKey;
    keys = [await publicJwk(next)];
    await time.advance(60_000);
    await expect(lasting.check(await signGrant(next, claims))).resolves.toMatchObject({ epoch: 7 });
    const forged = await signGrant(ours, { ...claims, tenant: parseTenantId(id('e')), epoch: 1_000_000 });
    await expect(lasting.check(forged)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
  });

  it('asks for the keys again every five minutes, though it knows the grant', async () => {
    let keys = [await publicJwk(ours)];
    const time = new MovableClock(500_000);
    const lasting = new GrantChecker(async () => keys, time);
    const grant = await signGrant(ours, { ...claims, exp: 100_000 });
    await lasting.check(grant);
    keys = [await publicJwk(foreign)];
    await time.advance(299_999);
    await expect(lasting.check(grant)).resolves.toMatchObject({ epoch: 7 });
    await time.advance(1);
    await expect(lasting.check(grant)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
  });

  it('goes by what it knows for an hour while scheduler cannot be asked, and waits for it once', async () => {
    const away = new AppError('DEPENDENCY_UNAVAILABLE', 'It is down.');
    let answer = async (): Promise<string[]> => [await publicJwk(ours)];
    const time = new MovableClock(500_000);
    const lasting = new GrantChecker(() => answer(), time);
    const grant = await signGrant(ours, { ...claims, exp: 100_000 });
    await lasting.check(grant);
    answer = () => Promise.reject(away);
    await time.advance(600_000);
    await expect(lasting.check(grant)).resolves.toMatchObject({ epoch: 7 });
    answer = () => new Promise(() => undefined);
    await time.advance(60_000);
    await expect(lasting.check(grant)).resolves.toMatchObject({ epoch: 7 });

    const alone = new GrantChecker(() => answer(), time);
    answer = async () => [await publicJwk(ours)];
    await alone.check(grant);
    answer = () => Promise.reject(away);
    await time.advance(3_600_000);
    await expect(alone.check(grant)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    answer = async () => [await publicJwk(ours)];
    await expect(alone.check(grant)).resolves.toMatchObject({ epoch: 7 });
  });

  it('fetches once for all grants that come while it fetches', async () => {
    let asked = 0;
    const slow = new GrantChecker(async () => {
      asked += 1;
      return [await publicJwk(ours)];
    }, clock);
    const grant = await signGrant(ours, claims);
    await Promise.all([1, 2, 3].map(() => slow.check(grant)));
    expect(asked).toBe(1);
  });
});
