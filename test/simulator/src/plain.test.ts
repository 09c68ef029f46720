import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from './simulator.js';

const PLAIN = { users: 1, messages: 30, messageKib: 1, files: 20, fileKib: 4, isPlain: true };

interface Entry {
  readonly kind: string;
  readonly contentHash?: string;
  readonly key: string;
  readonly fields: { readonly folder?: readonly string[] };
}

let simulator: RunningSimulator;
let entries: Entry[];

const dump = async (tenantId: string | undefined) =>
  (await simulator.call('GET', `/tenants/${tenantId}/dump`)) as Entry[];

beforeAll(async () => {
  simulator = await startSimulator({ seed: 3, ...PLAIN });
  entries = await dump(simulator.tenants[0]?.tenantId);
});
afterAll(() => simulator.close());

describe('a plain tenant', () => {
  it('has as many messages as asked for, in one folder, each with words of its own', () => {
    const messages = entries.filter(({ kind }) => kind === 'message');
    expect(messages).toHaveLength(PLAIN.messages);
    expect(new Set(messages.map(({ fields }) => JSON.stringify(fields.folder))).size).toBe(1);
    expect(new Set(messages.map(({ contentHash }) => contentHash)).size).toBe(PLAIN.messages);
  });

  it('has as many files as asked for, in one folder, no two alike', () => {
    const files = entries.filter(({ kind, contentHash }) => kind === 'driveItem' && contentHash !== undefined);
    expect(files).toHaveLength(PLAIN.files);
    expect(files.filter(({ key }) => !key.startsWith('Plain/'))).toEqual([]);
    expect(new Set(files.map(({ contentHash }) => contentHash)).size).toBe(PLAIN.files);
  });

  it('is the same for the same seed', async () => {
    const twin = await startSimulator({ seed: 3, ...PLAIN });
    const path = `/tenants/${twin.tenants[0]?.tenantId}/dump`;
    const told = (await twin.call('GET', path)) as Entry[];
    await twin.close();
    const said = ({ key, contentHash }: Entry) => ({ key, contentHash });
    expect(told.map(said)).toEqual(entries.map(said));
  });
});
