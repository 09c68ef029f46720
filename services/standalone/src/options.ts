import { AppError } from '@holdfast/kernel';
import { LOG_LEVELS, type ConfigSource, type LogLevel } from '@holdfast/platform';
import { parseArgs } from 'node:util';
import { ownOf, tunedBy } from './settings.js';
import type { StandaloneOptions } from './start-standalone.js';

export const USAGE = `Usage: pnpm start --data DIR [options]

Runs Holdfast in one process.
  --data DIR           its database and secrets; made when missing
  --listen HOST:PORT   where the HTTP API answers (default 127.0.0.1:8080)
  --clouds FILE        further Microsoft clouds, JSON (docs/configuration.md; or CLOUDS_FILE in the environment)
  --log-level LEVEL    ${LOG_LEVELS.join(', ')} (default warn, or
                       LOG_LEVEL in the environment); logs go to standard error
  --json               print one line of JSON when it answers
  --help               print this

All other settings of the services are taken from the environment (docs/configuration.md), but for those that this process
gives them itself: addresses, its database, certificates, and the secrets of its data folder.`;

/** A start as it was asked for. */
export interface StartOptions extends StandaloneOptions {
  readonly isJson: boolean;
  /** Settings in the environment that change nothing, since the process gives them itself. */
  readonly unused: readonly string[];
}

/** What the command line asks for; undefined for --help. A wrong option is refused with its name and rule. */
export function parseStartOptions(args: readonly string[], settings: ConfigSource): StartOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (!values.data) throw new AppError('INVALID_CONFIG', `--data has to name a folder.\n\n${USAGE}`);
  const logLevel = logLevelFrom(values['log-level'], settings['LOG_LEVEL']);
  if (!/^[^:]+:\d+$/.test(values.listen)) throw new AppError('INVALID_CONFIG', '--listen has to be host:port.');
  const cloudsFile = values.clouds || settings['CLOUDS_FILE'];
  return {
    data: values.data,
    listen: values.listen,
    logLevel,
    ...(cloudsFile && { cloudsFile }),
    settings: tunedBy(settings),
    unused: ownOf(settings),
    isJson: values.json,
  };
}

function logLevelFrom(option: string | undefined, setting: string | undefined): LogLevel {
  const wanted = option ?? (setting || 'warn');
  const level = LOG_LEVELS.find((one) => one === wanted);
  if (level) return level;
  const name = option === undefined ? 'LOG_LEVEL' : '--log-level';
  throw new AppError('INVALID_CONFIG', `${name} has to be one of ${LOG_LEVELS.join(', ')}.`);
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        listen: { type: 'string', default: '127.0.0.1:8080' },
        clouds: { type: 'string' },
        'log-level': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    throw new AppError('INVALID_CONFIG', `${cause instanceof Error ? cause.message : String(cause)}\n\n${USAGE}`, {
      cause,
    });
  }
}
