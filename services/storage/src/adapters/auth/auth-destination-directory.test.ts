import type { DestinationServiceController } from '@holdfast/contracts/auth/v1';
import { AppError, parseDestinationId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import type { GrpcClient } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import type { DestinationPacers } from '../../app/destination-pacers.js';
import { AuthDestinationDirectory } from './auth-destination-directory.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vault = parseVaultId('bbbbbbbb-0000-4000-8000-000000000000');
const place = parseDestinationId('cccccccc-0000-4000-8000-000000000000');

/** Auth, whose answer can be changed or refused, and a storage that asks it. */
function scene() {
  const clock = new MovableClock();
  const state = {
    settings: { kind: 'folder', path: '/first' } as object,
    credentials: undefined as object | undefined,
    version: 1,
    asked: 0,
    failure: undefined as AppError | undefined,
  };
  const auth = {
    getDestinationSecrets: async () => {
      state.asked += 1;
      if (state.failure) throw state.failure;
      const { settings, credentials, version } = state;
      const credentialsJson = credentials ? JSON.stringify(credentials) : '';
      return { destination: { settingsJson: JSON.stringify(settings), version }, credentialsJson };
    },
  } as unknown as GrpcClient<DestinationServiceController>;
  const directory = new AuthDestinationDirectory(auth, clock, {} as DestinationPacers);
  return { clock, state, open: () => directory.open(tenant, vault, place) };
}

describe('AuthDestinationDirectory', () => {
  it('keeps a destination open as long as nobody changes it, and asks now and then', async () => {
    const { clock, state, open } = scene();
    const opened = await open();
    for (let seconds = 0; seconds < 60; seconds += 5) {
      await clock.advance(5_000);
      expect(await open()).toBe(opened);
    }
    expect(state.asked).toBeGreaterThan(5);
    expect(state.asked).toBeLessThan(10);
  });

  it('takes up a change within ten seconds', async () => {
    const { clock, state, open } = scene();
    const opened = await open();
    Object.assign(state, { settings: { kind: 'folder', path: '/second' }, version: 2 });
    await clock.advance(10_000);
    expect(await open()).not.toBe(opened);
  });

  it('goes on for a minute when auth does not answer, and no longer', async () => {
    const { clock, state, open } = scene();
    const opened = await open();
    state.failure = new AppError('DEPENDENCY_UNAVAILABLE', 'No answer.');
    await clock.advance(50_000);
    expect(await open()).toBe(opened);
    await clock.advance(20_000);
    await expect(open()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });

  it('opens one that locks as one that does', async () => {
    const { state, open } = scene();
    state.settings = { kind: 's3', host: 'none.invalid', bucket: 'backups', lock: { mode: 'governance', days: 7 } };
    state.credentials = { kind: 's3', accessKey: 'key', secretKey: 'secret' };
    expect((await open()).lockMs).toBe(7 * 24 * 60 * 60 * 1_000);
  });

  it('does not go on with what auth has forgotten', async () => {
    const { clock, state, open } = scene();
    await open();
    state.failure = new AppError('NOT_FOUND', 'Gone.');
    await clock.advance(10_000);
    await expect(open()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
