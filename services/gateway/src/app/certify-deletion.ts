import {
  deletionStatement,
  type DeletionCertificate,
  type DeletionStatement,
  type DeletionView,
} from '@holdfast/contracts/api';
import { AppError, Clock, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { CheckpointSigner } from './checkpoint-signer.port.js';
import { RemainingOfDeletion } from './remaining-of-deletion.js';

/** Certifies what a deletion removed, and what may still lie at destinations at that moment. */
@Injectable()
export class CertifyDeletion {
  constructor(
    private readonly remaining: RemainingOfDeletion,
    private readonly signer: CheckpointSigner,
    private readonly clock: Clock,
  ) {}

  async run(tenantId: TenantId, deletion: DeletionView): Promise<DeletionCertificate> {
    const { deletionId } = deletion;
    const bytes = await this.remaining.run(tenantId, deletion);
    if (!bytes)
      throw new AppError(
        'FAILED_PRECONDITION',
        `Deletion ${deletionId} is ${deletion.state}: there is nothing to certify before it has removed what was asked for.`,
        { context: { deletionId } },
      );
    const statement: DeletionStatement = {
      form: 'holdfast-deletion-1',
      issuedAtMs: this.clock.now(),
      tenantId,
      deletion,
      bytes,
    };
    const text = JSON.stringify(deletionStatement.parse(statement));
    const { keyId, publicKey } = this.signer;
    return { statement: text, signature: this.signer.sign(text), keyId, publicKey };
  }
}
