import { AppError } from '@holdfast/kernel';
import { environment, LOG_LEVELS, runMain } from '@holdfast/platform';
import { parseArgs } from 'node:util';
import { startStandalone, type StandaloneOptions } from './start-standalone.js';

const USAGE = `Usage: pnpm start --data DIR [--listen HOST:PORT] [--clouds FILE] [--log-level LEVEL] [--json]

Runs Holdfast in one process. DIR holds its database and secrets and is made when missing.
Further settings are taken from the environment (docs/configuration.md).`;

/** Settings that change how services work; addresses and secrets of the one process are not up for setting. */
const TUNABLE = [
  'CRAWLER_TASKS',
  'CRAWLER_WORKERS',
  'CHECKPOINT_EVERY',
  'LEASE',
  'SWEEP_INTERVAL',
  'CATCH_UP_INTERVAL',
];

function optionsFrom(args: readonly string[]): StandaloneOptions & { readonly isJson: boolean } {
  const values = parse(args);
  if (!values.data) throw new AppError('INVALID_CONFIG', `--data has to name a folder.\n\n${USAGE}`);
  const logLevel = LOG_LEVELS.find((level) => level === values['log-level']);
  if (!logLevel) throw new AppError('INVALID_CONFIG', `--log-level has to be one of ${LOG_LEVELS.join(', ')}.`);
  if (!/^[^:]+:\d+$/.test(values.listen)) throw new AppError('INVALID_CONFIG', '--listen has to be host:port.');
  return {
    data: values.data,
    listen: values.listen,
    logLevel,
    ...(values.clouds && { cloudsFile: values.clouds }),
    settings: Object.fromEntries(TUNABLE.map((name) => [name, environment()[name]])),
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
      },
    });
    return values;
  } catch (cause) {
    throw new AppError('INVALID_CONFIG', `${cause instanceof Error ? cause.message : String(cause)}\n\n${USAGE}`, {
      cause,
    });
  }
}

await runMain(async () => {
  const { isJson, ...options } = optionsFrom(process.argv.slice(2));
  const running = await startStandalone(options);
  const { url, apiKey } = running;
  process.stdout.write(
    isJson
      ? `${JSON.stringify({ url, apiKey })}\n`
      : `Holdfast answers at ${url}\nThe operator's API key is in ${options.data}/secrets.json (apiKey).\nStop it with Ctrl+C.\n`,
  );
  return running;
});
