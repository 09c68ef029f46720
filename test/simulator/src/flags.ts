import { parseArgs } from 'node:util';
import { ALGORITHMS } from './core/throttle/meter.js';
import type { LimitKind, SimulatorOptions } from './simulator.js';

/** Every flag of the command; `pnpm simulator --help` prints this. */
const HELP = `Usage: pnpm simulator [flags]
  --port N        port of sign-in and Graph; N+1 serves content, N+2 the control API (default 8443; 0 = any)
  --host ADDRESS  address to listen on (default 127.0.0.1)
  --name NAME     another name for the certificate and the base URLs; may be repeated
  --seed N        what the tenants and the unconfirmed behaviours are drawn from (default 1)
  --tenants N     tenants (default 1)
  --users N       users per tenant (default 25)
  --messages N    messages per mailbox (default 400)
  --message-kib N size of a message on average, about, in KiB (default 48)
  --files N       files per drive (default 120)
  --plain         short messages in the inbox, small files of noise in one folder: where only their number counts
  --file-kib N    size of a file of a plain drive on average, in KiB (default 1)
  --limits KIND   how documented limits are counted: fixed-window, sliding-window or token-bucket; off = not at all
                  (default: drawn from the seed)
  --start TIME    start of the simulated time, ISO 8601 (default 2026-09-07T08:00:00Z)
  --ca FILE       where to write the authority's certificate (default a temporary file)
  --json          print one line of JSON when serving`;

export type Command =
  | { readonly do: 'serve'; readonly options: SimulatorOptions; readonly isJson: boolean }
  | { readonly do: 'help'; readonly text: string }
  | { readonly do: 'refuse'; readonly text: string };

/** What the command line asks for; a wrong flag is refused with its name and rule. */
export function parseFlags(argv: readonly string[]): Command {
  try {
    return parse(argv);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { do: 'refuse', text: `${reason}\n\n${HELP}` };
  }
}

function parse(argv: readonly string[]): Command {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', default: '8443' },
      host: { type: 'string', default: '127.0.0.1' },
      name: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
      tenants: { type: 'string', default: '1' },
      users: { type: 'string', default: '25' },
      messages: { type: 'string', default: '400' },
      'message-kib': { type: 'string', default: '48' },
      files: { type: 'string', default: '120' },
      plain: { type: 'boolean', default: false },
      'file-kib': { type: 'string', default: '1' },
      limits: { type: 'string' },
      start: { type: 'string' },
      ca: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { do: 'help', text: HELP };
  const options: SimulatorOptions = {
    port: whole('port', values.port, 65_533),
    host: values.host,
    names: values.name,
    seed: whole('seed', values.seed, Number.MAX_SAFE_INTEGER),
    tenants: whole('tenants', values.tenants, 10_000),
    users: whole('users', values.users, 100_000),
    messages: whole('messages', values.messages, 10_000_000),
    messageKib: whole('message-kib', values['message-kib'], 10_000),
    files: whole('files', values.files, 10_000_000),
    isPlain: values.plain,
    fileKib: whole('file-kib', values['file-kib'], 1_000_000),
    ...(values.limits === undefined ? {} : { limits: limitKind(values.limits) }),
    ...(values.start === undefined ? {} : { startAt: instant('start', values.start) }),
    ...(values.ca === undefined ? {} : { caFile: values.ca }),
  };
  return { do: 'serve', options, isJson: values.json };
}

function whole(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new Error(`--${flag} has to be a whole number from 0 to ${most}, but is '${text}'.`);
}

function limitKind(text: string): LimitKind {
  const kinds: readonly LimitKind[] = [...ALGORITHMS, 'off'];
  const kind = kinds.find((one) => one === text);
  if (kind) return kind;
  throw new Error(`--limits has to be one of ${kinds.join(', ')}, but is '${text}'.`);
}

function instant(flag: string, text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new Error(`--${flag} has to be a time as in 2026-09-07T08:00:00Z, but is '${text}'.`);
  return at;
}
