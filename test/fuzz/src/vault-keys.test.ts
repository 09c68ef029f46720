import { seededRandomBytes } from '@holdfast/testkit';
import { formatRootKey, newRootKey, parseRootKey, unwrapRootKey, wrapRootKey } from '@holdfast/vault';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { answerOrRefusal } from './answer-or-refusal.js';
import { LONGEST_LOOK_MS, damaged, fuzzRuns, someDamage } from './fuzz-runs.js';

jest.setTimeout(LONGEST_LOOK_MS);

const random = seededRandomBytes('vault keys');
const root = newRootKey(random);
const recovery = { kind: 'recovery', key: random(32) } as const;
const passphrase = { kind: 'passphrase', passphrase: 'correct horse' } as const;

/** Where a key object says how much Argon2id is to cost: three numbers of four bytes. */
const COST_AT = 64;

describe('key objects', () => {
  it('of a recovery key are refused by name when they are damaged in any way', async () => {
    const bytes = wrapRootKey(root, 0, recovery, random);
    await fc.assert(
      fc.asyncProperty(someDamage, async (damages) => {
        const bad = damaged(bytes, damages);
        fc.pre(!Buffer.from(bad).equals(bytes));
        expect(await answerOrRefusal(() => unwrapRootKey(bad, recovery))).toHaveProperty('refusal');
      }),
      fuzzRuns(),
    );
  });

  it('of a passphrase claim no cost beyond what the format allows', async () => {
    const bytes = wrapRootKey(root, 0, passphrase, random);
    const huge = fc.integer({ min: 0x0200_0000, max: 0xffff_ffff });
    await fc.assert(
      fc.asyncProperty(fc.nat(2), huge, async (which, claim) => {
        const bad = Buffer.from(bytes);
        bad.writeUInt32LE(claim, COST_AT + 4 * which);
        expect(await answerOrRefusal(() => unwrapRootKey(bad, passphrase))).toHaveProperty('refusal');
      }),
      fuzzRuns(),
    );
  });
});

describe('key texts, as key files and recovery files hold them', () => {
  const text = formatRootKey(root);

  it('are read with any white space in them', () => {
    const spaces = fc.array(fc.tuple(fc.nat(text.length), fc.constantFrom(' ', '\n', '\r\n', '\t')));
    fc.assert(
      fc.property(spaces, (inserted) => {
        const pasted = inserted.reduce((all, [at, space]) => all.slice(0, at) + space + all.slice(at), text);
        expect(formatRootKey(parseRootKey(pasted))).toBe(text);
      }),
      fuzzRuns(),
    );
  });

  it('are refused by name in any other form, and the refusal quotes nothing of them', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from(text)), minLength: 40, maxLength: 50 }),
      fc.nat(text.length).map((at) => text.slice(0, at)),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (bad) => {
        const reading = await answerOrRefusal(() => parseRootKey(bad));
        if ('answer' in reading) expect(formatRootKey(reading.answer)).toBe(bad.replace(/\s+/g, ''));
        else if (bad.length >= 8) expect(reading.refusal.message).not.toContain(bad);
      }),
      fuzzRuns(5),
    );
  });
});
