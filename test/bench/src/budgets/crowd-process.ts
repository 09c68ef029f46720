import { runMain } from '@holdfast/platform';
import { readFile } from 'node:fs/promises';
import { Crowd, type CrowdOptions } from './crowd.js';

/** A crawler in a process of its own: takes the file with what it is to do, works until it is ended. */
await runMain(async () => {
  const options = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as CrowdOptions;
  const crowd = new Crowd(options);
  process.stdout.write('{}\n');
  return { close: () => crowd.stop() };
});
