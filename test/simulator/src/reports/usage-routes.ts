import { createHash } from 'node:crypto';
import { ApiError } from '../core/api-error.js';
import type { RequestContext, Route, SimResponse } from '../core/route.js';
import { unconfirmed } from '../core/switches.js';
import type { SimUser } from '../core/tenant.js';
import type { SimWorkload, Usage } from '../core/workload.js';

/** Whether reports name people (docs: graph/api/adminreportsettings-update; the setting is on by default since 2021). */
export const concealedNamesSwitch = unconfirmed<boolean>({
  name: 'reports.conceal-names',
  choices: [false, true],
  because: 'Each tenant has its own setting, and an app cannot rely on either.',
});

const PERIODS: ReadonlySet<string> = new Set(['D7', 'D30', 'D90', 'D180']);
const LINK_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** Reports tell of the day before yesterday, as a rule (docs: Microsoft 365 reports in the admin center). */
const LAG_DAYS = 2;

/** One line of a report: what a user has, and when it was looked at. */
interface Row {
  readonly user: SimUser;
  readonly usage: Usage;
  readonly day: string;
  readonly period: string;
  readonly shown: (text: string) => string;
}

type Columns = readonly (readonly [name: string, value: (row: Row) => string | number])[];

/** (docs: graph/api/reportroot-getmailboxusagedetail) */
const MAILBOX: Columns = [
  ['Report Refresh Date', ({ day }) => day],
  ['User Principal Name', ({ user, shown }) => shown(user.userPrincipalName)],
  ['Display Name', ({ user, shown }) => shown(user.displayName)],
  ['Is Deleted', () => 'False'],
  ['Deleted Date', () => ''],
  ['Created Date', ({ user }) => dayOf(user.createdAt)],
  ['Last Activity Date', ({ day }) => day],
  ['Item Count', ({ usage }) => usage.items],
  ['Storage Used (Byte)', ({ usage }) => usage.bytes],
  ['Issue Warning Quota (Byte)', () => 105_226_698_752],
  ['Prohibit Send Quota (Byte)', () => 106_300_440_576],
  ['Prohibit Send/Receive Quota (Byte)', () => 107_374_182_400],
  ['Deleted Item Count', () => 0],
  ['Deleted Item Size (Byte)', () => 0],
  ['Deleted Item Quota (Byte)', () => 32_212_254_720],
  ['Has Archive', () => 'False'],
  ['Report Period', ({ period }) => period.slice(1)],
];

/** (docs: graph/api/reportroot-getonedriveusageaccountdetail) */
const DRIVE: Columns = [
  ['Report Refresh Date', ({ day }) => day],
  ['Site URL', ({ user, shown }) => shown(user.id)],
  ['Owner Display Name', ({ user, shown }) => shown(user.displayName)],
  ['Is Deleted', () => 'False'],
  ['Last Activity Date', ({ day }) => day],
  ['File Count', ({ usage }) => usage.items],
  ['Active File Count', () => 0],
  ['Storage Used (Byte)', ({ usage }) => usage.bytes],
  ['Storage Allocated (Byte)', () => 1_099_511_627_776],
  ['Owner Principal Name', ({ user, shown }) => shown(user.userPrincipalName)],
  ['Report Period', ({ period }) => period.slice(1)],
];

const REPORTS = {
  getMailboxUsageDetail: { workload: 'mail', columns: MAILBOX },
  getOneDriveUsageAccountDetail: { workload: 'drive', columns: DRIVE },
} as const;

/** Usage reports: a redirect to a CSV at an address that carries its own right. */
export function usageRoutes(workloads: readonly SimWorkload[]): readonly Route[] {
  return Object.entries(REPORTS).flatMap(([name, { workload, columns }]): Route[] => [
    {
      method: 'GET',
      pattern: `/reports/${name}`,
      permissions: ['Reports.Read.All'],
      bucket: 'none',
      handle: (context) => toReport(context, name),
    },
    {
      method: 'GET',
      pattern: `/data/download/${name}/{period}`,
      permissions: [],
      bucket: 'none',
      host: 'content',
      handle: async (context) => ({
        status: 200,
        headers: { 'Content-Type': 'application/octet-stream' },
        body: csv(
          context,
          columns,
          workloads.find((one) => one.name === workload),
        ),
      }),
    },
  ]);
}

async function toReport({ request, contentUrl }: RequestContext, name: string): Promise<SimResponse> {
  const { period = '' } = request.params;
  if (!PERIODS.has(period)) throw new ApiError(400, 'BadRequest', `Invalid period value specified: '${period}'.`);
  return { status: 302, headers: { Location: contentUrl(`/data/download/${name}/${period}`, LINK_MS) } };
}

async function* csv(
  { tenant, clock, request }: RequestContext,
  columns: Columns,
  workload: SimWorkload | undefined,
): AsyncGenerator<Uint8Array> {
  const isConcealed = tenant.switches.get(concealedNamesSwitch);
  const shown = (text: string) => (isConcealed ? hidden(tenant.id, text) : text);
  const day = dayOf(clock.now() - LAG_DAYS * DAY_MS);
  const period = request.params['period'] ?? '';
  yield Buffer.from(`\uFEFF${columns.map(([name]) => name).join(',')}\r\n`);
  for (const user of tenant.users.values()) {
    const usage = workload?.usage(tenant, user.id);
    if (!usage) continue;
    const row = { user, usage, day, period, shown };
    yield Buffer.from(`${columns.map(([, value]) => quoted(String(value(row)))).join(',')}\r\n`);
  }
}

const hidden = (tenantId: string, text: string) =>
  createHash('md5').update(`${tenantId}|${text}`).digest('hex').toUpperCase();
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
