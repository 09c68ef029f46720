import { describe, expect, it } from '@jest/globals';
import { bytesFrom, countFrom, hostAndPortFrom, instantFrom, listFrom, momentFrom } from './parse-options.js';

describe('values of options', () => {
  it.each([
    ['10', 10],
    ['10MB', 10_000_000],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['4kib', 4_096],
  ])('reads %s as %d bytes', (text, bytes) => expect(bytesFrom(text)).toBe(bytes));

  it.each(['', 'MB', '-1', '1e3', '10 parsecs'])('refuses %s as an amount', (text) =>
    expect(() => bytesFrom(text)).toThrow('such as'),
  );

  it('reads instants with a zone, and dates as midnight here', () => {
    expect(instantFrom('2025-01-31T18:00Z')).toBe(Date.UTC(2025, 0, 31, 18));
    expect(instantFrom('2025-01-31')).toBe(new Date(2025, 0, 31).getTime());
    expect(instantFrom('2025-01-31T18:00:30.5+02:00')).toBe(Date.UTC(2025, 0, 31, 16, 0, 30, 500));
  });

  it.each([
    'yesterday',
    '',
    '0',
    '-1',
    '2025',
    '2025-02-30',
    '2025-13-01',
    '07.09.2025',
    'Nov 30 2025',
    '2025-01-31T25:00Z',
  ])('refuses %s as an instant', (text) => expect(() => instantFrom(text)).toThrow('such as'));

  it('reads the state of a day as that of its end', () => {
    expect(momentFrom('2025-01-31')).toBe(new Date(2025, 0, 31, 23, 59, 59, 999).getTime());
    expect(momentFrom('2025-01-31T18:00Z')).toBe(Date.UTC(2025, 0, 31, 18));
  });

  it('reads a host with its port', () =>
    expect(hostAndPortFrom('proxy.example.com:3128')).toEqual({ host: 'proxy.example.com', port: 3128 }));

  it.each(['proxy.example.com', 'http://proxy.example.com:3128', 'user:secret@proxy.example.com:3128', ':3128'])(
    'refuses %s as a host with its port',
    (text) => expect(() => hostAndPortFrom(text)).toThrow('and its port'),
  );

  it('reads counts and lists', () => {
    expect(countFrom('50')).toBe(50);
    expect(() => countFrom('0')).toThrow('above zero');
    expect(listFrom('a, b', ['x'])).toEqual(['x', 'a', 'b']);
  });
});
