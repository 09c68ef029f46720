import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { ZxcvbnStrength } from './zxcvbn-strength.js';

const strength = new ZxcvbnStrength();

describe('ZxcvbnStrength', () => {
  it.each([
    'short',
    'password',
    'aaaaaaaaaaaaaaaa',
    'abcabcabcabcabc',
    'abcdefghijklmnop',
    'qwertyuiopasdf',
    'Password2024!',
    'Passwort2024!',
    'holdfast backup',
    'P4$$w0rd',
    '31.12.1999',
  ])('knows %s for weak', (passphrase) => {
    expect(strength.estimate(passphrase).strength).toBeLessThan(4);
  });

  it.each(['correct horse battery staple', 'j7#Lq2!vWx9$', 'ein leuchtturm verrät nichts', '秘密の灯台は何も語らない'])(
    'knows %s for strong',
    (passphrase) => {
      const { strength: found, triesLog10 } = strength.estimate(passphrase);
      expect([found, triesLog10 > 10]).toEqual([4, true]);
    },
  );

  it('says why, and quotes nothing of what was chosen', () => {
    const { advice } = strength.estimate('password');
    expect(advice.join(' ')).toMatch(/heavily used/);
    expect(strength.estimate('zanzibar').advice.join(' ')).not.toContain('zanzibar');
  });

  it('judges the longest in less than two seconds of a core', () => {
    const long = randomBytes(768).toString('base64');
    const before = process.cpuUsage();
    expect(strength.estimate(long).strength).toBe(4);
    expect(process.cpuUsage(before).user / 1_000_000).toBeLessThan(2);
  });
});
