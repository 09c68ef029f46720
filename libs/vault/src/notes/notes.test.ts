import { parseBackupSetId, parseJobId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { generationNoteName, openGenerationNote, sealGenerationNote, signingKeysOf } from './generation-note.js';
import { jobNoteName, openJobNote, sealJobNote } from './job-note.js';
import { openSetNote, sealSetNote, setNoteName } from './set-note.js';

const seal = { cipher: 'aes-256-gcm' as const, key: Buffer.alloc(32, 1) };
const random = (bytes: number) => createHash('sha512').update('seed').digest().subarray(0, bytes);
const tenant = parseTenantId('11111111-1111-4111-8111-111111111111');
const vault = parseVaultId('22222222-2222-4222-8222-222222222222');
const set = parseBackupSetId('33333333-3333-4333-8333-333333333333');
const job = parseJobId('44444444-4444-4444-8444-444444444444');
const broken = expect.objectContaining({ code: 'VAULT_OBJECT_INVALID' });

const generation = {
  tenant,
  vault,
  generation: 2,
  signingKey: new Uint8Array(32).fill(5),
  openedAt: 1_700_000_000_000,
};
const definition = { displayName: 'Alle', source: { accountIds: ['a', 'b'], allAccounts: false }, retention: {} };
const ofSet = { tenant, vault, set, generation: 1, version: 7, definition };
const ofJob = {
  tenant,
  vault,
  job,
  part: 0,
  parts: 2,
  report: { kind: 'backup', warnings: [], tasks: [{ epoch: 4 }] },
};

describe('notes beside the data', () => {
  it.each(['aes-256-gcm', 'aes-128-gcm'] as const)('open as they were sealed (%s)', (cipher) => {
    const by = { ...seal, cipher };
    const [generations, sets, jobs] = [
      generationNoteName(2),
      setNoteName(ofSet, seal.key),
      jobNoteName(ofJob, seal.key),
    ];
    expect(openGenerationNote(generations, sealGenerationNote(generation, by, random), by)).toEqual(generation);
    expect(openSetNote(sets, sealSetNote(ofSet, by, random), by)).toEqual(ofSet);
    expect(openJobNote(jobs, sealJobNote(ofJob, by, random), by)).toEqual(ofJob);
  });

  it('say of a deleted set that it is gone', () => {
    const deleted = { ...ofSet, version: 8, definition: undefined };
    expect(openSetNote(setNoteName(deleted, seal.key), sealSetNote(deleted, seal, random), seal)).toEqual(deleted);
  });

  it('tell nothing by their names', () => {
    const names = [setNoteName(ofSet, seal.key), jobNoteName(ofJob, seal.key)].join();
    for (const id of [tenant, vault, set, job]) expect(names).not.toContain(id.slice(0, 8));
    expect(setNoteName(ofSet, Buffer.alloc(32, 2))).not.toBe(setNoteName(ofSet, seal.key));
  });

  it('open under no other name, no other key, and with no other byte', () => {
    const name = setNoteName(ofSet, seal.key);
    const object = sealSetNote(ofSet, seal, random);
    expect(() => openSetNote(setNoteName({ ...ofSet, version: 8 }, seal.key), object, seal)).toThrow(broken);
    expect(() => openSetNote(name, object, { ...seal, key: Buffer.alloc(32, 2) })).toThrow(broken);
    expect(() => openJobNote(name, object, seal)).toThrow(broken);
    for (let at = 0; at < object.length; at += 3) {
      const damaged = Uint8Array.from(object);
      damaged[at]! ^= 1;
      expect(() => openSetNote(name, damaged, seal)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/VAULT_OBJECT_INVALID|VAULT_UNSUPPORTED/) }),
      );
      expect(() => openSetNote(name, object.subarray(0, at), seal)).toThrow(broken);
    }
  });

  it('name who certifies the tasks of each generation', () => {
    const header = { signingKey: new Uint8Array(32).fill(1) };
    expect(signingKeysOf(header, [generation])).toEqual(
      new Map([
        [1, header.signingKey],
        [2, generation.signingKey],
      ]),
    );
  });
});
