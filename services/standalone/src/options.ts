import { AppError } from '@holdfast/kernel';
import { LOG_LEVELS, telemetrySettings, type ConfigSource } from '@holdfast/platform';
import { parseArgs } from 'node:util';
import type { StandaloneOptions } from './start-standalone.js';

export const USAGE = `Usage: pnpm start --data DIR [options]

Runs Holdfast in one process.
  --data DIR           its database and secrets; made when missing
  --listen HOST:PORT   where the HTTP API answers (default 127.0.0.1:8080)
  --clouds FILE        further Microsoft clouds, JSON (docs/configuration.md)
  --log-level LEVEL    ${LOG_LEVELS.join(', ')} (default warn); logs go to standard error
  --json               print one line of JSON when it answers
  --help               print this

Further settings are taken from the environment (docs/configuration.md), HEALTH_LISTEN and METRICS_AT_HEALTH among them.`;

/** Settings that change how services work; addresses and secrets of the one process are not up for setting. */
const TUNABLE = [
  'CRAWLER_TASKS',
  'CRAWLER_WORKERS',
  'CHECKPOINT_EVERY',
  'LEASE',
  'SWEEP_INTERVAL',
  'CATCH_UP_INTERVAL',
  'DISCARD_INTERVAL',
  'HEALTH_LISTEN',
  ...Object.keys(telemetrySettings),
];

/** What the command line asks for; undefined for --help. A wrong option is refused with its name and rule. */
export function parseStartOptions(
  args: readonly string[],
  settings: ConfigSource,
): (StandaloneOptions & { readonly isJson: boolean }) | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (!values.data) throw new AppError('INVALID_CONFIG', `--data has to name a folder.\n\n${USAGE}`);
  const logLevel = LOG_LEVELS.find((level) => level === values['log-level']);
  if (!logLevel) throw new AppError('INVALID_CONFIG', `--log-level has to be one of ${LOG_LEVELS.join(', ')}.`);
  if (!/^[^:]+:\d+$/.test(values.listen)) throw new AppError('INVALID_CONFIG', '--listen has to be host:port.');
  return {
    data: values.data,
    listen: values.listen,
    logLevel,
    ...(values.clouds && { cloudsFile: values.clouds }),
    settings: Object.fromEntries(TUNABLE.flatMap((name) => (settings[name] ? [[name, settings[name]]] : []))),
    isJson: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        listen: { type: 'string', default: '127.0.0.1:8080' },
        clouds: { type: 'string' },
        'log-level': { type: 'string', default: 'warn' },
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
