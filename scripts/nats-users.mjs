// nats-users.mjs [TENANT ...]: prints the users and permissions of the bus for the configuration of a NATS server, with one more
// crawler for each tenant that has crawlers of its own.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const root = resolve(import.meta.dirname, '..');
const compiled = (path) => import(pathToFileURL(resolve(root, path)).href);
await build();
const { natsAuthorization } = await compiled('libs/platform/dist/index.js');
const { parseTenantId } = await compiled('libs/kernel/dist/index.js');
try {
  process.stdout.write(natsAuthorization(process.argv.slice(2).map(parseTenantId)));
} catch {
  process.stderr.write('usage: pnpm nats-users [TENANT ...], each the id of a tenant\n');
  process.exitCode = 2;
}
