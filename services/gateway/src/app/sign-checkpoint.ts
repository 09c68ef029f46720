import { Clock } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { type KnownEntry, statementOf } from '../domain/audit-checkpoint.js';
import { CheckpointSigner } from './checkpoint-signer.port.js';

/** Signs a word on a trail's newest entry, which shows whoever keeps it what is missing later. */
@Injectable()
export class SignCheckpoint {
  constructor(
    private readonly signer: CheckpointSigner,
    private readonly clock: Clock,
  ) {}

  run(tenantId: string, { number, hash }: KnownEntry): string {
    const statement = statementOf({ tenantId, number, hash, atMs: this.clock.now(), keyId: this.signer.keyId });
    return `${statement}.${this.signer.sign(statement)}`;
  }
}
