import { ProcessSecret, runMain } from '@holdfast/platform';
import { startStandalone } from '@holdfast/standalone';

/*
 * An installation in one process whose services' secret is given, so that a test can pose as any of them.
 * Arguments: data folder, file of clouds, secret in hexadecimal.
 */
await runMain(async () => {
  const [data = '', cloudsFile = '', secret = ''] = process.argv.slice(2);
  const running = await startStandalone({
    data,
    listen: '127.0.0.1:0',
    logLevel: 'error',
    cloudsFile,
    secret: new ProcessSecret(() => Buffer.from(secret, 'hex')),
  });
  const { url, apiKey } = running;
  process.stdout.write(`${JSON.stringify({ url, apiKey })}\n`);
  return running;
});
