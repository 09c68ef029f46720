import {
  ASSUMED_REQUEST_MS,
  type BackupSetId,
  isAppError,
  type Quote,
  QuoteSum,
  type ResourceId,
  resourceIdOf,
  type TenantId,
  type Workload,
} from '@holdfast/kernel';
import { CONTENTS_AT_ONCE } from '@holdfast/workloads';
import { Injectable } from '@nestjs/common';
import { firstRead, nextIncrement, type ReadCost } from '../domain/quote-backup.js';
import { selectedResources } from '../domain/selection.js';
import { BackupSets, type BackupSet } from './backup-sets.port.js';
import { Deletions } from './deletions.port.js';
import { Directory, type NamedAccount } from './directory.port.js';
import { PastBackups } from './past-backups.port.js';
import { BackupTasks, TenantLimits } from './quote-grounds.port.js';

/** What the next backup of a set is expected to take. */
export interface BackupQuote extends Quote {
  readonly items: number;
  /** To read from Microsoft. */
  readonly bytes: number;
  readonly resources: number;
  /** Resources that are read for the first time. */
  readonly firstReads: number;
  /** Of those, the ones that Microsoft's usage reports do not tell of: what they take is not in the figures. */
  readonly unknown: number;
  /** The day that the reports tell of. */
  readonly asOfDay: string;
  /** Why reports could not be had. */
  readonly reportsRefused: string;
}

/** Quotes a backup: what was read before by what that took, what is new by Microsoft's usage reports. Reads nothing of any resource. */
@Injectable()
export class QuoteBackup {
  constructor(
    private readonly sets: BackupSets,
    private readonly directory: Directory,
    private readonly past: PastBackups,
    private readonly deletions: Deletions,
    private readonly limits: TenantLimits,
    private readonly tasks: BackupTasks,
  ) {}

  async run(tenant: TenantId, setId: BackupSetId): Promise<BackupQuote> {
    const set = await this.sets.get(tenant, setId);
    const draft = new QuoteDraft(await this.#sum(tenant));
    for await (const page of this.directory.accounts(tenant)) {
      const chosen = page.filter((account) => selectedResources(set.source, account).length > 0);
      for (const workload of set.source.workloads) await this.#page(tenant, set, workload, chosen, draft);
    }
    return draft.quote();
  }

  async #sum(tenant: TenantId): Promise<QuoteSum> {
    const requestMs = (await this.past.requestMs(tenant)) ?? ASSUMED_REQUEST_MS;
    const pace = { requestMs, requestsAtOnce: CONTENTS_AT_ONCE, tasksAtOnce: this.tasks.atOnce };
    return new QuoteSum(await this.limits.ofBackups(tenant), pace);
  }

  async #page(
    tenant: TenantId,
    set: BackupSet,
    workload: Workload,
    chosen: readonly NamedAccount[],
    draft: QuoteDraft,
  ): Promise<void> {
    const idOf = ({ accountId }: NamedAccount): ResourceId => resourceIdOf(workload, accountId);
    const excluded = await this.deletions.excludedAmong(tenant, set.backupSetId, chosen.map(idOf));
    const accounts = chosen.filter((account) => !excluded.has(idOf(account)));
    const past = await this.past.newest(tenant, set.backupSetId, accounts.map(idOf));
    for (const work of past.values()) draft.add(nextIncrement(workload, work));
    const fresh = accounts.filter((account) => !past.has(idOf(account)));
    if (fresh.length > 0) await this.#measure(tenant, workload, fresh, draft);
  }

  async #measure(
    tenant: TenantId,
    workload: Workload,
    accounts: readonly NamedAccount[],
    draft: QuoteDraft,
  ): Promise<void> {
    draft.firstReads += accounts.length;
    try {
      const { usage, day } = await this.directory.usage(
        tenant,
        workload,
        accounts.map(({ principalName }) => principalName),
      );
      draft.note(day);
      for (const found of usage) draft.add(found && firstRead(workload, found));
    } catch (error) {
      // The rest of the quote stands without them.
      if (!isAppError(error) || error.retry === 'later') throw error;
      draft.reportsRefused = error.message;
      for (let count = 0; count < accounts.length; count += 1) draft.add(undefined);
    }
  }
}

class QuoteDraft {
  firstReads = 0;
  reportsRefused = '';
  #resources = 0;
  #unknown = 0;
  #items = 0;
  #bytes = 0;
  #day = '';

  constructor(private readonly sum: QuoteSum) {}

  add(cost: ReadCost | undefined): void {
    this.#resources += 1;
    if (!cost) {
      this.#unknown += 1;
      return;
    }
    this.sum.add(cost);
    this.#items += cost.items;
    this.#bytes += cost.bytes;
  }

  note(day: string): void {
    if (day > this.#day) this.#day = day;
  }

  quote(): BackupQuote {
    return {
      ...this.sum.quote(),
      items: this.#items,
      bytes: this.#bytes,
      resources: this.#resources,
      firstReads: this.firstReads,
      unknown: this.#unknown,
      asOfDay: this.#day,
      reportsRefused: this.reportsRefused,
    };
  }
}
