import { ERROR_CODES, type ErrorCode, type TenantId } from '@holdfast/kernel';
import type { ItemKind, LogRow } from '@holdfast/vault';
import { skipCauseOf } from '@holdfast/workloads';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Page, PageRequest, Place } from './browse.js';
import { ItemPaths } from './item-paths.js';
import type { OpenedSnapshot } from './opened-vault.js';
import { OpenedVaults } from './opened-vaults.js';
import { readPageToken, writePageToken } from './page-token.js';

export const EXCEPTION_OUTCOMES = ['owed', 'vanished', 'unexplained', 'skipped', 'excluded'] as const;
export type ExceptionOutcome = (typeof EXCEPTION_OUTCOMES)[number];

/** One item or folder that a snapshot does not hold as it should, or no longer. */
export interface ItemException {
  readonly outcome: ExceptionOutcome;
  readonly itemId: string;
  /** Undefined where nothing is kept of the item. */
  readonly kind?: ItemKind;
  /** Names from the top, the item's own last. */
  readonly path: readonly string[];
  readonly code: string;
  readonly reason: string;
  /** Milliseconds since the epoch. Undefined of what was left out: an earlier job may have found it so. */
  readonly atMs?: number;
  readonly counts?: NonNullable<LogRow['counts']>;
  /** Jobs that failed on an owed item. */
  readonly attempts?: number;
}

/** Entries that are looked at for one page; a page of what is rare in a large drive ends without being full. */
const MAX_EXAMINED = 20_000;

/** The snapshot's lists, in the order of the report. Within a list the order is the vault's, which never changes. */
const LISTS = ['owed', 'log', 'left-out'] as const;
type ListName = (typeof LISTS)[number];

const token = z.object({ list: z.enum(LISTS), after: z.union([z.string(), z.int().min(0)]).optional() });
type Token = z.output<typeof token>;
/** An entry of a list: where it stands, and the exception that it is, if it is one. */
type Examined = readonly [after: string | number, exception: ItemException | undefined];

/**
 * Names every exception of one resource at one point in time. What is owed and what was left out is told as the snapshot has it,
 * whatever the log says of the way there; what vanished and which folders differ, as the task's sealed log has it.
 */
@Injectable()
export class ListExceptions {
  constructor(private readonly vaults: OpenedVaults) {}

  async run(
    tenant: TenantId,
    place: Place,
    outcomes: ReadonlySet<ExceptionOutcome>,
    page: PageRequest,
  ): Promise<Page<ItemException>> {
    const vault = await this.vaults.toRead(tenant, place.vaultId, { actor: place.actor, reason: 'log' });
    const snapshot = await vault.snapshot(place.resourceId, place.snapshotId);
    const from: Token = readPageToken(page.token, token) ?? { list: 'owed' };
    const rows: ItemException[] = [];
    let examined = 0;
    for (const list of LISTS.slice(LISTS.indexOf(from.list))) {
      let after = list === from.list ? from.after : undefined;
      for await (const [at, exception] of listed(snapshot, list, outcomes, after)) {
        if (rows.length === page.size || examined === MAX_EXAMINED)
          return { rows, next: writePageToken({ list, after }) };
        examined += 1;
        if (exception && outcomes.has(exception.outcome)) rows.push(exception);
        after = at;
      }
    }
    return { rows, next: '' };
  }
}

/** A list from behind an entry; one that holds nothing of what is wanted is not read. */
function listed(
  snapshot: OpenedSnapshot,
  list: ListName,
  wanted: ReadonlySet<ExceptionOutcome>,
  after: Token['after'],
): AsyncIterable<Examined> | readonly Examined[] {
  switch (list) {
    case 'owed':
      return wanted.has('owed') ? owed(snapshot, String(after ?? '')) : [];
    case 'log':
      return wanted.has('vanished') || wanted.has('unexplained') ? logged(snapshot, after) : [];
    case 'left-out': {
      const isWanted = wanted.has('skipped') || wanted.has('excluded');
      const isAny = Object.values(snapshot.body.ledger.leftOut).some((items) => items > 0);
      return isWanted && isAny ? leftOut(snapshot, String(after ?? '')) : [];
    }
  }
}

async function* owed(snapshot: OpenedSnapshot, after: string): AsyncGenerator<Examined> {
  const { vault, body } = snapshot;
  const paths = new ItemPaths(snapshot);
  for await (const [itemId, item] of vault.owed.scan(body.owed, after === '' ? {} : { after })) {
    const stored = await vault.items.get(body.items, itemId);
    const above = await paths.names(item.parentId);
    yield [
      itemId,
      {
        outcome: 'owed',
        itemId,
        kind: item.kind,
        path: stored ? [...above, stored.name] : above,
        code: item.code,
        reason: isErrorCode(item.code) ? ERROR_CODES[item.code].means : '',
        atMs: item.since,
        attempts: item.attempts,
      },
    ];
  }
}

async function* logged(snapshot: OpenedSnapshot, after: Token['after']): AsyncGenerator<Examined> {
  const { vault, body } = snapshot;
  const range = typeof after === 'number' ? { after } : {};
  for await (const [number, row] of vault.log.scan(body.log, range)) {
    const { about, itemId } = row;
    const isOne = itemId !== undefined && (about === 'vanished' || about === 'unexplained');
    yield [number, isOne ? await fromLog(snapshot, about, itemId, row) : undefined];
  }
}

/** Undefined of an item that vanished and came back before the task ended. */
async function fromLog(
  snapshot: OpenedSnapshot,
  outcome: 'vanished' | 'unexplained',
  itemId: string,
  { code, reason, at, path, counts }: LogRow,
): Promise<ItemException | undefined> {
  const { vault, body } = snapshot;
  const record = await vault.items.get(body.items, itemId);
  if (outcome === 'vanished' && record) return undefined;
  const above = record ? [...(await new ItemPaths(snapshot).names(record.parentId)), record.name] : [];
  return {
    outcome,
    itemId,
    ...(record && { kind: record.kind }),
    path: record ? above : [path ?? ''].filter((name) => name !== ''),
    code,
    reason,
    atMs: at,
    ...(counts && { counts }),
  };
}

async function* leftOut(snapshot: OpenedSnapshot, after: string): AsyncGenerator<Examined> {
  const { vault, body } = snapshot;
  const paths = new ItemPaths(snapshot);
  for await (const [itemId, record] of vault.items.scan(body.items, after === '' ? {} : { after })) {
    const { kind, name, parentId, leftOut: why } = record;
    if (!why) {
      yield [itemId, undefined];
      continue;
    }
    const path = [...(await paths.names(parentId)), name];
    const reason = skipCauseOf(why.cause)?.because ?? '';
    yield [itemId, { outcome: why.as, itemId, kind, path, code: why.cause, reason }];
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
