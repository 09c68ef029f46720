import {
  deletionStatement,
  type DeletionCertificate,
  type DeletionStatement,
  type DeletionView,
} from '@holdfast/contracts/api';
import { AppError, Clock, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { bytesThatRemain } from '../domain/remaining-bytes.js';
import { CheckpointSigner } from './checkpoint-signer.port.js';
import { Peers } from './peers.port.js';

/** Certifies what a deletion removed, and what may still lie at destinations at that moment. */
@Injectable()
export class CertifyDeletion {
  constructor(
    private readonly peers: Peers,
    private readonly signer: CheckpointSigner,
    private readonly clock: Clock,
  ) {}

  async run(tenantId: TenantId, deletion: DeletionView): Promise<DeletionCertificate> {
    const { deletionId, vaultId, removedAtMs } = deletion;
    if (removedAtMs === undefined)
      throw new AppError(
        'FAILED_PRECONDITION',
        `Deletion ${deletionId} is ${deletion.state}: there is nothing to certify before it has removed what was asked for.`,
        { context: { deletionId } },
      );
    const { jobId, ...report } = await this.peers.vaults.getFreeingReport({ tenantId, vaultId });
    const freeing = jobId === '' ? undefined : await this.peers.jobs.getJob({ tenantId, jobId });
    const freed = { ...report, startedAtMs: freeing?.startedAtMs };
    const statement: DeletionStatement = {
      form: 'holdfast-deletion-1',
      issuedAtMs: this.clock.now(),
      tenantId,
      deletion,
      bytes: bytesThatRemain(freed, removedAtMs),
    };
    const text = JSON.stringify(deletionStatement.parse(statement));
    const { keyId, publicKey } = this.signer;
    return { statement: text, signature: this.signer.sign(text), keyId, publicKey };
  }
}
