import type { ContentRef, ItemRecord } from '@holdfast/vault';
import type { Presence, SourceChange, SourceRecord, WorkloadReader } from '@holdfast/workloads';
import { createHash } from 'node:crypto';
import type { DamagedItems } from './resource-access.port.js';

/** A source that tells what a test wrote down. */
export class ScriptedSource implements WorkloadReader {
  readonly contentConcurrency = 4;
  readonly asked: string[] = [];
  readonly present = new Map<string, SourceRecord>();
  /** What a look at an item by its id is answered with, instead. */
  readonly refused = new Map<string, Error>();

  constructor(private script: readonly SourceChange[]) {}

  async *enumerate() {
    yield* this.script;
  }
  sameContent(stored: ItemRecord, next: SourceRecord): boolean {
    return stored.contentTag === next.contentTag;
  }
  async *readContent() {
    yield Buffer.from('mime');
    return { bytes: 4 };
  }
  async readExtras() {
    return {};
  }
  skipCause(error: unknown) {
    return error instanceof Error && error.message === 'malware'
      ? ({ as: 'skipped', code: 'malware', because: 'It is.' } as const)
      : undefined;
  }
  async counts() {
    return [];
  }
  async isThere() {
    return true;
  }
  async lookUp(id: string): Promise<Presence> {
    this.asked.push(id);
    const refusal = this.refused.get(id);
    if (refusal) throw refusal;
    const record = this.present.get(id);
    return record ? { present: true, record } : { present: false };
  }
  lookUpFolder(id: string): Promise<Presence> {
    return this.lookUp(id);
  }
}

export class Contents {
  readonly read: string[] = [];
  readonly failing = new Map<string, Error>();

  async store(id: string, record: SourceRecord): Promise<{ content: ContentRef }> {
    this.read.push(id);
    const failure = this.failing.get(id);
    if (failure) throw failure;
    const sha256 = createHash('sha256')
      .update(record.contentTag ?? '')
      .digest();
    return { content: { bytes: 3, form: 'mime', sha256, chunks: [], depth: 0 } };
  }
}

/** Pages of two, of what no task has noted as read. */
export class Damaged implements DamagedItems {
  readonly read: string[] = [];

  constructor(private readonly ids: readonly string[]) {}

  async after(id: string): Promise<readonly string[]> {
    return this.ids.filter((one) => one > id && !this.read.includes(one)).slice(0, 2);
  }
  async noteRead(ids: readonly string[]): Promise<void> {
    this.read.push(...ids);
  }
}
