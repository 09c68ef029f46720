import { SystemClock } from '@holdfast/kernel';
import { createLogger, ProcessSecret, runMain } from '@holdfast/platform';
import { startStandalone } from '@holdfast/standalone';
import { TappedBus } from './tapped-bus.js';

/*
 * An installation in one process whose services' secret is given, so that a test can pose as any of them.
 * Arguments: data folder, file of clouds, secret in hexadecimal; and, to log all there is and to write down what goes over the
 * bus, a file for the latter.
 */
await runMain(async () => {
  const [data = '', cloudsFile = '', secret = '', eventsFile] = process.argv.slice(2);
  const logLevel = eventsFile === undefined ? 'error' : 'debug';
  const logger = createLogger({ service: 'standalone', level: logLevel, to: process.stderr });
  const running = await startStandalone({
    data,
    listen: '127.0.0.1:0',
    logLevel,
    cloudsFile,
    secret: new ProcessSecret(() => Buffer.from(secret, 'hex')),
    settings: telemetrySettings(),
    ...(eventsFile !== undefined && { bus: new TappedBus({ clock: new SystemClock(), logger }, eventsFile) }),
  });
  const { url, apiKey } = running;
  // What is written is searched for secrets, this key among them; it lies in the data folder, too.
  const ready = eventsFile === undefined ? { url, apiKey } : { url };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  return running;
});

/** Where telemetry goes to is told by the environment's standard names. */
function telemetrySettings(): Record<string, string> {
  const given = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'));
  return Object.fromEntries(given.map(([name, value = '']) => [name, value]));
}
