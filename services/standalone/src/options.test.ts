import { authConfig } from '@holdfast/auth';
import { crawlerConfig } from '@holdfast/crawler';
import { gatewayConfig } from '@holdfast/gateway';
import { reportingConfig } from '@holdfast/reporting';
import { restoreConfig } from '@holdfast/restore';
import { schedulerConfig } from '@holdfast/scheduler';
import { storageConfig } from '@holdfast/storage';
import { describe, expect, it } from '@jest/globals';
import { parseStartOptions } from './options.js';

const CONFIGS = {
  authConfig,
  crawlerConfig,
  gatewayConfig,
  reportingConfig,
  restoreConfig,
  schedulerConfig,
  storageConfig,
};
const names = [...new Set(Object.values(CONFIGS).flatMap(({ shape }) => Object.keys(shape)))];
const start = (args: readonly string[], settings: Record<string, string> = {}) =>
  parseStartOptions(['--data', 'd', ...args], settings);

describe('parseStartOptions', () => {
  it('takes defaults, and from the environment what services ask for', () => {
    expect(
      parseStartOptions(['--data', '/var/lib/holdfast'], {
        CRAWLER_TASKS: '4',
        SAMPLE_DAYS: '',
        DATABASE_URL: 'postgres://x',
        HOME: '/root',
      }),
    ).toEqual({
      data: '/var/lib/holdfast',
      listen: '127.0.0.1:8080',
      logLevel: 'warn',
      isJson: false,
      settings: { CRAWLER_TASKS: '4' },
      unused: ['DATABASE_URL'],
    });
  });

  it.each(names)('lets %s of the environment take effect, or says that it has none', (name) => {
    const asked = start([], { [name]: name === 'LOG_LEVEL' ? 'debug' : 'given' });
    const takes = {
      LOG_LEVEL: asked?.logLevel === 'debug',
      CLOUDS_FILE: asked?.cloudsFile === 'given',
    }[name];
    const isTuned = asked?.settings?.[name] === 'given';
    expect([takes === true || isTuned, asked?.unused.includes(name)].filter(Boolean)).toEqual([true]);
  });

  it('lets no secret and no address of the environment through', () => {
    const settings = Object.fromEntries(names.map((name) => [name, name === 'LOG_LEVEL' ? 'debug' : 'given']));
    const through = Object.keys(start([], settings)?.settings ?? {});
    expect(through.filter((name) => /_KEYS?$|_SECRET$|_ADDRESS$|_URL$|^(GRPC|HTTP)_LISTEN$/.test(name))).toEqual([]);
    expect(through).toEqual(expect.arrayContaining(['SAMPLE_DAYS', 'SCRATCH_FOLDER', 'RESTORE_MEMORY', 'STOP_WITHIN']));
  });

  it('takes clouds and level from the environment, unless the command line says otherwise', () => {
    const settings = { CLOUDS_FILE: '/etc/clouds.json', LOG_LEVEL: 'info' };
    expect(start([], settings)).toMatchObject({ cloudsFile: '/etc/clouds.json', logLevel: 'info', settings: {} });
    expect(start(['--clouds', 'mine.json', '--log-level', 'error'], settings)).toMatchObject({
      cloudsFile: 'mine.json',
      logLevel: 'error',
    });
    expect(start([], {})).not.toHaveProperty('cloudsFile');
  });

  it('answers nothing for --help', () => {
    expect(parseStartOptions(['--help'], {})).toBeUndefined();
  });

  it.each([
    [[], '--data has to name a folder'],
    [['--data', 'd', '--listen', '8080'], '--listen has to be host:port'],
    [['--data', 'd', '--log-level', 'loud'], '--log-level has to be one of'],
    [['--data', 'd', '--nonsense'], "Unknown option '--nonsense'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseStartOptions(args, {})).toThrow(message);
  });

  it('names the setting that is wrong', () => {
    expect(() => start([], { LOG_LEVEL: 'loud' })).toThrow('LOG_LEVEL has to be one of');
  });
});
