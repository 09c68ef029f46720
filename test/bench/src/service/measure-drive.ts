import type { Figure, Measured } from '../figure.js';
import { Installation } from './installation.js';
import { type RequestTotals, SimulatedTenant } from './simulated-tenant.js';

export interface DriveOptions {
  readonly users: number;
  readonly files: number;
  readonly tell: (line: string) => void;
}

const UNBOUND = 10_000;
/** The simulator's clock and budgets run so much faster than Microsoft's: a minute's budget comes back in seconds. */
const COMPRESSED = 4;
const MINUTE_MS = 60_000;
/** What Microsoft documents for the smallest tenants. */
const UNITS_PER_MINUTE = 1_250;
/** Of the budget's windows, that the work fills at the least. */
const LEAST_WINDOWS = 3;

/** Resource units per new file; then how much of the documented budget is in use while files wait for it. */
export async function measureDrive(options: DriveOptions): Promise<Measured> {
  return { figures: [...(await unitsPerFile(options)), ...(await budgetInUse(options))] };
}

async function unitsPerFile(options: DriveOptions): Promise<Figure[]> {
  return withProduct({ ...options, timeScale: UNBOUND }, async (tenant, installation) => {
    await tenant.throttle({ isOn: false });
    const { totals } = await backUp('first full of files', tenant, installation, options.tell);
    await tenant.clearLog();
    const quiet = await backUp('unchanged files', tenant, installation, options.tell);
    const files = (await tenant.items('drive')).filter(({ contentHash }) => contentHash !== undefined);
    const pages = units(totals.filter(({ route }) => route.endsWith('/delta')));
    return [
      {
        name: 'resource units per new file, beside the pages of change tracking',
        unit: 'units/file',
        measured: (units(totals) - pages) / files.length,
        asked: { is: '≤', value: 1.1 },
        note: `${files.length} files, ${pages} units for pages; ${units(quiet.totals)} units when nothing changed`,
      },
    ];
  });
}

async function budgetInUse(options: DriveOptions): Promise<Figure[]> {
  const files = Math.max(options.files, Math.ceil((LEAST_WINDOWS * UNITS_PER_MINUTE) / options.users));
  return withProduct({ ...options, files, timeScale: COMPRESSED }, async (tenant, installation) => {
    await tenant.setClockScale(COMPRESSED);
    await tenant.throttle({ isOn: true, algorithm: 'sliding-window' });
    const { totals, log } = await backUp('files under throttling', tenant, installation, options.tell);
    const metered = log.filter(({ bucket }) => bucket === 'sharepoint');
    const [first] = metered;
    const last = metered.at(-1);
    const windows = Math.floor(((last?.at ?? 0) - (first?.at ?? 0)) / MINUTE_MS);
    if (windows < LEAST_WINDOWS - 1)
      throw new Error(`The run took ${windows} windows of the budget: too few to tell how much of it was in use.`);
    const end = (first?.at ?? 0) + windows * MINUTE_MS;
    const used = metered.filter(({ at }) => at < end).reduce((sum, { cost }) => sum + cost, 0);
    const requests = totals.reduce((sum, line) => sum + line.requests, 0);
    const throttled = totals.reduce((sum, line) => sum + line.throttled, 0);
    return [
      {
        name: 'budget in use while work waits',
        unit: '%',
        measured: (100 * used) / (windows * UNITS_PER_MINUTE),
        asked: { is: '≥', value: 95 },
        note: `${used} of ${windows} × ${UNITS_PER_MINUTE} resource units, limits compressed ${COMPRESSED} times`,
      },
      {
        name: 'throttled share',
        unit: '%',
        measured: (100 * throttled) / requests,
        asked: { is: '≤', value: 0.1 },
        note: `${throttled} of ${requests} requests`,
      },
    ];
  });
}

async function withProduct<Result>(
  { users, files, timeScale }: DriveOptions & { readonly timeScale: number },
  use: (tenant: SimulatedTenant, installation: Installation) => Promise<Result>,
): Promise<Result> {
  const tenant = await SimulatedTenant.start({ users, messages: 0, files });
  try {
    const installation = await Installation.start(tenant, { workload: 'drive', timeScale });
    try {
      return await use(tenant, installation);
    } finally {
      await installation.stop();
    }
  } finally {
    await tenant.stop();
  }
}

async function backUp(name: string, tenant: SimulatedTenant, installation: Installation, tell: (line: string) => void) {
  await tenant.clearLog();
  const { state, seconds, report } = await installation.backUp();
  if (!state.startsWith('completed') || state === 'completed-with-errors')
    throw new Error(`The job "${name}" ended ${state}: its figures mean nothing.`);
  tell(`${name}: ${state} in ${seconds.toFixed(1)} s, ${report.newItems.items} new items`);
  return { totals: await tenant.requests(), log: await tenant.log() };
}

const units = (totals: RequestTotals) =>
  totals.filter(({ bucket }) => bucket === 'sharepoint').reduce((sum, { cost }) => sum + cost, 0);
