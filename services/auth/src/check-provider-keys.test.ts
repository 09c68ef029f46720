import { parseTenantId } from '@holdfast/kernel';
import type { LogFields, Logger } from '@holdfast/platform';
import { describe, expect, it } from '@jest/globals';
import { AesSecretBox } from './adapters/crypto/aes-secret-box.js';
import { CheckProviderKeys } from './app/check-provider-keys.js';
import type { Tenants } from './app/tenants.port.js';

const key = (fill: number) => new Uint8Array(32).fill(fill);
const tenants = Array.from({ length: 1_200 }, (_, n) =>
  parseTenantId(`aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`),
);

type Line = readonly [message: string, fields: LogFields | undefined];

/** A logger that keeps what it is told. */
function recorder() {
  const lines: Line[] = [];
  const keep = (message: string, fields?: LogFields) => void lines.push([message, fields]);
  const logger = { debug: keep, info: keep, warn: keep, error: keep } as unknown as Logger;
  return { lines, logger };
}

/** Starts with `box` on a database whose nth tenant's credential was sealed under the key that `sealedWith` names. */
async function startWith(box: AesSecretBox, sealedWith: (n: number) => number, of = tenants) {
  const boxes = new Map([1, 2, 3].map((fill) => [fill, new AesSecretBox(key(fill))]));
  const stored = {
    sealedCredentials: async (after: string | undefined, size: number) =>
      of
        .map((tenantId, n) => ({ tenantId, sealed: boxes.get(sealedWith(n))!.seal(tenantId, 'credential', key(9)) }))
        .filter(({ tenantId }) => after === undefined || tenantId > after)
        .slice(0, size),
  } as unknown as Tenants;
  const { lines, logger } = recorder();
  await new CheckProviderKeys(stored, box, logger).run();
  return lines;
}

describe('a start with provider keys', () => {
  it('says nothing where the present one has sealed everything, or there is nothing', async () => {
    expect(await startWith(new AesSecretBox(key(1)), () => 1)).toEqual([]);
    expect(await startWith(new AesSecretBox(key(1)), () => 1, [])).toEqual([]);
  });

  it('is refused in plain words where they open nothing', async () => {
    const start = startWith(new AesSecretBox(key(2), [key(3)]), () => 1);
    await expect(start).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/opens nothing in this database.*1200 tenants.*FURTHER_PROVIDER_KEYS/s),
    });
  });

  it('names a key that is missing for some, and one that is still needed', async () => {
    const missing = await startWith(new AesSecretBox(key(2)), (n) => (n < 1_100 ? 2 : 1));
    expect(missing).toEqual([[expect.stringContaining('A provider key is missing'), { tenants: 100, opened: 1_100 }]]);
    const needed = await startWith(new AesSecretBox(key(2), [key(1)]), (n) => (n < 1_100 ? 2 : 1));
    expect(needed).toEqual([[expect.stringContaining('do not drop it'), { tenants: 100 }]]);
  });
});
