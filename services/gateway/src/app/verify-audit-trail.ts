import { AppError } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { type KnownEntry, parseCheckpoint, statementOf } from '../domain/audit-checkpoint.js';
import { canonicalText, NO_ENTRY_HASH, type AuditEntry } from '../domain/audit-entry.js';
import { faultAt, fits, type AuditFault, type NextEntry } from '../domain/audit-fault.js';
import { AuditTrail, type ChainedEntry, type TrailOwner } from './audit-trail.port.js';
import { CheckpointSigner } from './checkpoint-signer.port.js';
import { tenantOf } from './provider-tenant.js';
import { sha256 } from './recognise-caller.js';
import { SignCheckpoint } from './sign-checkpoint.js';

const PAGE = 1_000;
/** How far from its place an entry is looked for that was moved. */
const NEAR = 1_000;

export interface AuditVerification {
  /** How many entries are as they were written, from the first. */
  readonly entries: number;
  /** The first thing that is wrong; undefined when nothing is. */
  readonly fault?: AuditFault;
  /** Of the newest entry, to be kept elsewhere; undefined when the trail is empty or not whole. */
  readonly checkpoint?: string;
}

/** Follows a trail from its first entry to its last, and names the first place where it is not what was written. */
@Injectable()
export class VerifyAuditTrail {
  constructor(
    private readonly trail: AuditTrail,
    private readonly signer: CheckpointSigner,
    private readonly sign: SignCheckpoint,
  ) {}

  /** `known` is what a checkpoint, or a line of the log, said of the trail before: the only sign of an end that was cut off. */
  async run(owner: TrailOwner, known?: KnownEntry): Promise<AuditVerification> {
    let due: NextEntry = { number: 1, previousHash: NO_ENTRY_HASH };
    for (;;) {
      const page = await this.trail.after(owner, due.number - 1, PAGE);
      for (const entry of page) {
        const fault = await this.#faultOf(owner, due, entry, known);
        if (fault) return { entries: due.number - 1, fault };
        due = { number: entry.number + 1, previousHash: entry.hash };
      }
      if (page.length < PAGE) break;
    }
    const entries = due.number - 1;
    if (known && known.number > entries) return { entries, fault: { kind: 'cut-off', number: due.number } };
    return entries === 0
      ? { entries }
      : { entries, checkpoint: this.sign.run(tenantOf(owner), { number: entries, hash: due.previousHash }) };
  }

  /** What a checkpoint of this trail says; INVALID_ARGUMENT when it is of another trail, or this installation did not give it. */
  read(owner: TrailOwner, text: string): KnownEntry {
    const checkpoint = parseCheckpoint(text);
    const isOurs =
      checkpoint?.tenantId === tenantOf(owner) &&
      checkpoint.keyId === this.signer.keyId &&
      this.signer.isSignedBy(statementOf(checkpoint), checkpoint.signature);
    if (checkpoint && isOurs) return checkpoint;
    const rule = 'has to be a checkpoint that this installation gave for this trail';
    throw new AppError('INVALID_ARGUMENT', `checkpoint ${rule}. Compare its text with what was given.`, {
      context: { field: 'checkpoint', rule },
    });
  }

  async #faultOf(
    owner: TrailOwner,
    due: NextEntry,
    entry: ChainedEntry,
    known: KnownEntry | undefined,
  ): Promise<AuditFault | undefined> {
    if (fits(due, entry, hashOf(entry))) {
      const isKnown = known?.number !== entry.number || known.hash === entry.hash;
      return isKnown ? undefined : { kind: 'rewritten', number: entry.number };
    }
    const followers = await this.trail.following(owner, due.previousHash);
    const isNextElsewhere = followers.some((number) => number !== entry.number);
    return faultAt(due, entry, { isNextElsewhere, trueNumber: trueNumberOf(entry) });
  }
}

/** The hash that an entry has to bear. */
export function hashOf(entry: AuditEntry): string {
  return sha256(canonicalText(entry));
}

function trueNumberOf(entry: ChainedEntry): number | undefined {
  const first = Math.max(1, entry.number - NEAR);
  const numbers = Array.from({ length: 2 * NEAR }, (_, index) => first + index);
  return numbers.find((number) => hashOf({ ...entry, number }) === entry.hash);
}
