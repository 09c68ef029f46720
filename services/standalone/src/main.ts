import { environment, runMain } from '@holdfast/platform';
import { parseStartOptions, USAGE } from './options.js';
import { startStandalone } from './start-standalone.js';

await runMain(async () => {
  const options = parseStartOptions(process.argv.slice(2), environment());
  if (!options) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  if (options.unused.length > 0)
    process.stderr.write(
      `${options.unused.join(', ')} in the environment change nothing: this process gives its services these itself (--help).\n`,
    );
  const running = await startStandalone(options);
  const { url, apiKey, healthUrl } = running;
  process.stdout.write(
    options.isJson
      ? `${JSON.stringify({ url, apiKey, healthUrl })}\n`
      : `Holdfast answers at ${url}\nThe operator's API key is in ${options.data}/secrets.json (apiKey).\nStop it with Ctrl+C.\n`,
  );
  return running;
});
