import { isAppError } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { z } from 'zod';
import { describeConfig } from './describe-config.js';
import { readConfig } from './read-config.js';
import { Secret, secret } from './secret.js';
import { bytes, duration, flag, list } from './units.js';

const schema = z.object({
  GRPC_PORT: z.coerce.number().int().min(1).max(65_535).default(50_051).describe('Port of the gRPC server'),
  DATABASE_URL: secret().describe('PostgreSQL of the control plane'),
  CATCH_UP_INTERVAL: duration().prefault('1m').describe('How often to catch up'),
  CACHE: bytes().prefault('64MiB').describe('Memory of the cache'),
  MODE: z.enum(['fast', 'safe']).default('safe').describe('How to go about it'),
  VERBOSE: flag().prefault('false').describe('More in the log'),
  NAMES: list().prefault('').describe('Names'),
});

function problemsOf(source: Record<string, string>): string {
  try {
    readConfig(schema, source);
  } catch (error) {
    if (isAppError(error, 'INVALID_CONFIG')) return error.message;
    throw error;
  }
  return '';
}

describe('readConfig', () => {
  it('reads units, secrets and defaults, and freezes the result', () => {
    const config = readConfig(schema, {
      DATABASE_URL: 'postgres://x',
      CACHE: '1.5KiB',
      NAMES: 'a, b',
      VERBOSE: 'true',
    });
    expect(config.CATCH_UP_INTERVAL).toBe(60_000);
    expect(config.CACHE).toBe(1536);
    expect(config.NAMES).toEqual(['a', 'b']);
    expect(config.VERBOSE).toBe(true);
    expect(config.DATABASE_URL.reveal()).toBe('postgres://x');
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reports every problem at once, by name and rule and never by value', () => {
    const text = problemsOf({ GRPC_PORT: '99999', CATCH_UP_INTERVAL: 'hunter2', MODE: 'hunter2', CACHE: 'hunter2' });
    expect(text).toMatch(/^GRPC_PORT: Too big: expected number to be <=65535$/m);
    expect(text).toMatch(/^DATABASE_URL: is required$/m);
    expect(text).toMatch(/^CATCH_UP_INTERVAL: expected a number with one of the units/m);
    expect(text).toMatch(/^MODE: /m);
    expect(text).not.toMatch(/hunter2|99999/);
  });

  it('takes an empty text for an absent one', () => {
    expect(problemsOf({ DATABASE_URL: '' })).toMatch(/DATABASE_URL: is required/);
  });
});

describe('Secret', () => {
  it('shows itself nowhere but on request', () => {
    const value = new Secret('hunter2');
    const shown = [value.toString(), JSON.stringify({ value }), inspect({ value }), String(value)].join();
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain('[secret]');
    expect(value.reveal()).toBe('hunter2');
  });
});

describe('describeConfig', () => {
  it('gives one row per setting, with rule and default', () => {
    const rows = new Map(describeConfig(schema).map((row) => [row.name, row]));
    expect(rows.get('GRPC_PORT')).toEqual({
      name: 'GRPC_PORT',
      description: 'Port of the gRPC server',
      rule: 'integer, at least 1, at most 65535',
      default: '50051',
      isRequired: false,
      isSecret: false,
    });
    expect(rows.get('DATABASE_URL')).toMatchObject({ isRequired: true, isSecret: true });
    expect(rows.get('CATCH_UP_INTERVAL')).toMatchObject({ rule: 'duration', default: '1m', isRequired: false });
    expect(rows.get('MODE')).toMatchObject({ rule: 'fast | safe' });
  });
});
