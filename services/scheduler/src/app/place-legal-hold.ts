import type { TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { LegalHolds, type HeldPast, type LegalHold, type NewLegalHold } from './legal-holds.port.js';

/** Places a legal hold at once, and says what it cannot promise. */
@Injectable()
export class PlaceLegalHold {
  constructor(private readonly holds: LegalHolds) {}

  async run(
    tenant: TenantId,
    wanted: NewLegalHold,
  ): Promise<{ readonly hold: LegalHold; readonly warnings: readonly string[] }> {
    const hold = await this.holds.place(tenant, wanted);
    return { hold, warnings: warningsOf(await this.holds.past(tenant, wanted.subject)) };
  }
}

/** A hold stands before it is looked for jobs: one that is not seen here has asked after it. */
function warningsOf({ isUnknown, running }: HeldPast): readonly string[] {
  return [
    ...(isUnknown
      ? [
          'No backup has read anything of what the hold is on. It holds what backups will read; look whether the id is right.',
        ]
      : []),
    ...running.map(
      (job) =>
        `Job ${job}, a retention or a deletion, was running as the hold was placed. What it had let go of before is not held.`,
    ),
  ];
}
