import { Clock } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import type { KnownEntry } from '../domain/audit-checkpoint.js';
import type { AuditEvent } from '../domain/audit-entry.js';
import { AuditTrail, type ChainedEntry, type TrailOwner } from './audit-trail.port.js';
import { tenantOf } from './provider-tenant.js';
import { SignCheckpoint } from './sign-checkpoint.js';

/** Trails whose ends are remembered; the one that was written to longest ago is forgotten first, and told of before. */
const MOST_TRAILS = 10_000;

/** The newest entry that this process knows of in a trail. */
interface End extends KnownEntry {
  readonly isTold: boolean;
}

/** Writes to audit trails, gives out signed words on their ends, and notices where an end that it wrote is gone. */
@Injectable()
export class AppendToTrail {
  readonly #ends = new Map<string, End>();

  constructor(
    private readonly trail: AuditTrail,
    private readonly sign: SignCheckpoint,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Answers a checkpoint of the entry, for whoever asked. The log is told its number and hash. */
  async run(owner: TrailOwner, event: AuditEvent): Promise<string> {
    const tenant = tenantOf(owner);
    // An end that is known here was durable before: whatever is written from now on lies behind it.
    const known = this.#ends.get(tenant);
    const entry = await this.trail.append(owner, event, this.clock.now());
    const { number, hash } = entry;
    this.logger.info('An entry was written to the audit trail', { tenant, number, hash });
    const isCut = known !== undefined && !isBehind(known, entry);
    if (isCut) this.#tellCut(tenant, known.number, number);
    if (isCut || number > (this.#ends.get(tenant)?.number ?? 0))
      this.#remember(tenant, { number, hash, isTold: false });
    return this.sign.run(tenant, entry);
  }

  /** Gives the log a signed checkpoint of each trail that this process has written to since it last did. */
  tellEnds(): void {
    for (const [tenant, end] of this.#ends) {
      if (end.isTold) continue;
      this.#tell(tenant, end);
      this.#ends.set(tenant, { ...end, isTold: true });
    }
  }

  #remember(tenant: string, end: End): void {
    this.#ends.delete(tenant);
    this.#ends.set(tenant, end);
    const [oldest] = this.#ends;
    if (this.#ends.size <= MOST_TRAILS || !oldest) return;
    if (!oldest[1].isTold) this.#tell(...oldest);
    this.#ends.delete(oldest[0]);
  }

  #tell(tenant: string, end: End): void {
    this.logger.info('An audit trail ends here', {
      tenant,
      number: end.number,
      checkpoint: this.sign.run(tenant, end),
    });
  }

  #tellCut(tenant: string, known: number, number: number): void {
    this.logger.error(
      'The end of an audit trail is not the one that was written: entries were cut off or written anew. Hold it against a checkpoint: `holdfast audit verify --expect`',
      { tenant, known, number },
    );
  }
}

function isBehind(known: KnownEntry, entry: ChainedEntry): boolean {
  if (entry.number <= known.number) return false;
  return entry.number > known.number + 1 || entry.previousHash === known.hash;
}
