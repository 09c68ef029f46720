import { AppError, Clock, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { itemOf } from './browse.js';
import { exportContent, type OpenedPart } from './export-content.js';
import { contentTypeOf, exportName } from './export-name.js';
import { type ExportFormat, type ExportOrder, type ExportPart, Exports } from './exports.port.js';
import type { OpenedVault } from './opened-vault.js';
import { OpenedVaults } from './opened-vaults.js';

export interface ExportWish {
  readonly vaultId: VaultId;
  readonly format: ExportFormat;
  readonly parts: readonly ExportPart[];
  readonly actor: string;
}

/** A download that can be fetched once. */
export interface PreparedExport {
  readonly exportId: string;
  /** Whoever knows it may fetch the download. */
  readonly token: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly expiresAtMs: number;
}

export interface Download {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: AsyncGenerator<Uint8Array>;
}

const VALID_MS = 15 * 60_000;
const TOKEN_BYTES = 32;

/** Hands out items in open formats: checked when asked for, streamed when fetched, by whichever process is asked. */
@Injectable()
export class ExportItems {
  constructor(
    private readonly vaults: OpenedVaults,
    private readonly exports: Exports,
    private readonly clock: Clock,
  ) {}

  async prepare(tenant: TenantId, wish: ExportWish): Promise<PreparedExport> {
    const { format } = wish;
    const { parts } = await this.#open(tenant, wish);
    await check(format, parts);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const now = this.clock.now();
    const order: ExportOrder = { ...wish, exportId: randomUUID(), expiresAtMs: now + VALID_MS };
    await this.exports.add(tenant, order, digestOf(token));
    const fileName = await exportName(format, parts, new Date(now));
    const { exportId, expiresAtMs } = order;
    return { exportId, token, fileName, contentType: contentTypeOf(format), expiresAtMs };
  }

  /** The download of this token, the first time. NOT_FOUND afterwards, and when its time is over. */
  async fetch(tenant: TenantId, token: string): Promise<Download> {
    const order = await this.exports.take(tenant, digestOf(token));
    if (!order) throw new AppError('NOT_FOUND', 'The download was fetched, or its time is over. Ask for a new one.');
    const { vault, parts } = await this.#open(tenant, order);
    return {
      fileName: await exportName(order.format, parts, new Date(this.clock.now())),
      contentType: contentTypeOf(order.format),
      content: held(vault, order.parts, exportContent(order.format, parts)),
    };
  }

  async #open(
    tenant: TenantId,
    { vaultId, parts, actor }: ExportWish,
  ): Promise<{ readonly vault: OpenedVault; readonly parts: readonly OpenedPart[] }> {
    const vault = await this.vaults.toRead(tenant, vaultId, { actor, reason: 'export' });
    const opened: OpenedPart[] = [];
    for (const part of parts) opened.push({ part, snapshot: await vault.snapshot(part.resourceId, part.snapshotId) });
    return { vault, parts: opened };
  }
}

/** The content, and what it is made of held from the first byte that is asked for to the last, or until whoever reads it goes away. */
async function* held(
  vault: OpenedVault,
  parts: readonly ExportPart[],
  content: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const release = vault.hold(parts);
  try {
    yield* content;
  } finally {
    release();
  }
}

/** Every item that is named has to be there, and of a kind that the format can hold. */
async function check(format: ExportFormat, parts: readonly OpenedPart[]): Promise<void> {
  const isMail = parts.every(({ part }) => part.resourceId.startsWith('mail.'));
  if (format !== 'zip' && !isMail) throw invalid(`${format} holds messages only. Export files as zip.`);
  const records = [];
  for (const { part, snapshot } of parts)
    for (const itemId of part.itemIds) records.push(await itemOf(snapshot, itemId));
  if (format !== 'eml') return;
  const [record] = records;
  if (records.length !== 1 || record?.kind !== 'message')
    throw invalid('eml holds one message. Choose one, or export as zip or mbox.');
  if (!record.content) throw invalid('The message has no content in the backup.');
}

function invalid(message: string): AppError {
  return new AppError('INVALID_ARGUMENT', message, { context: { field: 'format' } });
}

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}
