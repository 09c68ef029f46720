import { parseFlags } from './flags.js';
import { startSimulator, type RunningSimulator } from './simulator.js';

const command = parseFlags(process.argv.slice(2));
if (command.do === 'refuse') {
  process.stderr.write(`${command.text}\n`);
  process.exitCode = 2;
} else if (command.do === 'help') {
  process.stdout.write(`${command.text}\n`);
} else {
  try {
    serve(await startSimulator(command.options), command.isJson);
  } catch (error) {
    process.stderr.write(`The simulator cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function serve(simulator: RunningSimulator, isJson: boolean): void {
  const { login, graph, control, ca, tenants } = simulator;
  const lines = [`login    ${login}`, `graph    ${graph}`, `control  ${control}`, `ca       ${ca}`];
  const text = [...lines, ...tenants.map(({ tenantId, clientId }) => `tenant   ${tenantId}  client ${clientId}`)].join(
    '\n',
  );
  process.stdout.write(`${isJson ? JSON.stringify({ login, graph, control, ca, tenants }) : text}\n`);
  const stop = (): void => void simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
