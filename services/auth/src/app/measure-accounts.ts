import type { AccountUsage, UsageOf } from '@holdfast/graph';
import { Clock, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { GetToken } from './get-token.js';
import { Microsoft } from './microsoft.port.js';

/** Microsoft makes a new report once a day and allows few requests for it. */
const KEPT_MS = 30 * 60_000;
/** Lines of reports that are kept, over all tenants: about 20 MB. */
const KEPT_LINES = 200_000;

type Line = Pick<AccountUsage, 'items' | 'bytes'>;

/** A tenant's newest report. */
export interface UsageReport {
  /** Empty when it has no line. */
  readonly day: string;
  /** By principal name in lower case. */
  readonly lines: ReadonlyMap<string, Line>;
}

interface Kept {
  readonly report: Promise<UsageReport>;
  readonly until: number;
  lines: number;
}

/** Tells how much accounts have, one read of a report for all who ask about its tenant. */
@Injectable()
export class MeasureAccounts {
  /** The longest unread first. */
  readonly #kept = new Map<string, Kept>();

  constructor(
    private readonly getToken: GetToken,
    private readonly microsoft: Microsoft,
    private readonly clock: Clock,
  ) {}

  /** Undefined for accounts that the report does not name. */
  async run(
    tenant: TenantId,
    workload: UsageOf,
    principalNames: readonly string[],
  ): Promise<{ readonly day: string; readonly usage: readonly (Line | undefined)[] }> {
    const { day, lines } = await this.#report(tenant, workload);
    return { day, usage: principalNames.map((name) => lines.get(name.toLowerCase())) };
  }

  #report(tenant: TenantId, workload: UsageOf): Promise<UsageReport> {
    const key = `${tenant}/${workload}`;
    const found = this.#kept.get(key);
    this.#kept.delete(key);
    const kept = found && found.until > this.clock.now() ? found : this.#fetch(key, tenant, workload);
    this.#kept.set(key, kept);
    return kept.report;
  }

  #fetch(key: string, tenant: TenantId, workload: UsageOf): Kept {
    const report = this.#read(tenant, workload);
    const kept: Kept = { report, until: this.clock.now() + KEPT_MS, lines: 0 };
    report.then(
      ({ lines }) => {
        kept.lines = lines.size;
        this.#makeRoom();
      },
      () => {
        if (this.#kept.get(key) === kept) this.#kept.delete(key);
      },
    );
    return kept;
  }

  /** Of a tenant so large that its report does not fit, the lines beyond are left out: those accounts count as unknown. */
  async #read(tenant: TenantId, workload: UsageOf): Promise<UsageReport> {
    const lines = new Map<string, Line>();
    let newest = '';
    const signed = await this.getToken.signed(tenant);
    for await (const { principalName, items, bytes, day } of this.microsoft.usage(signed, workload)) {
      if (day > newest) newest = day;
      if (lines.size < KEPT_LINES) lines.set(principalName, { items, bytes });
    }
    return { day: newest, lines };
  }

  #makeRoom(): void {
    let sum = 0;
    for (const { lines } of this.#kept.values()) sum += lines;
    for (const [key, { lines }] of this.#kept) {
      if (sum <= KEPT_LINES) return;
      this.#kept.delete(key);
      sum -= lines;
    }
  }
}
