import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { canonicalText, NO_ENTRY_HASH, type AuditEntry } from './audit-entry.js';
import { faultAt, fits, type AuditFault } from './audit-fault.js';

type Entry = AuditEntry & { readonly hash: string };

const hashOf = (entry: AuditEntry) => createHash('sha256').update(canonicalText(entry)).digest('hex');
const hashed = (entry: AuditEntry): Entry => ({ ...entry, hash: hashOf(entry) });

/** Five entries as they are written. */
function written(): Entry[] {
  const trail: Entry[] = [];
  for (let number = 1; number <= 5; number += 1)
    trail.push(
      hashed({
        tenantId: 'aaaaaaaa-0000-4000-8000-000000000000',
        number,
        atMs: number * 1_000,
        actor: 'k',
        action: `act-${number}`,
        outcome: 'done',
        target: { jobId: `${number}`, backupSetId: 's' },
        errorCode: '',
        requestId: `r${number}`,
        previousHash: trail.at(-1)?.hash ?? NO_ENTRY_HASH,
      }),
    );
  return trail;
}

/** What following a trail finds first. */
function faultOf(trail: readonly Entry[]): AuditFault | undefined {
  let due = { number: 1, previousHash: NO_ENTRY_HASH };
  for (const entry of trail) {
    if (!fits(due, entry, hashOf(entry))) {
      const isNextElsewhere = trail.some((other) => other !== entry && other.previousHash === due.previousHash);
      const trueNumber = [1, 2, 3, 4, 5, 6].find((number) => hashOf({ ...entry, number }) === entry.hash);
      return faultAt(due, entry, { isNextElsewhere, trueNumber });
    }
    due = { number: entry.number + 1, previousHash: entry.hash };
  }
  return undefined;
}

const renumbered = (trail: readonly Entry[]) => trail.map((entry, index) => ({ ...entry, number: index + 1 }));
const at = (trail: readonly Entry[], index: number): Entry => trail[index] as Entry;

describe('a trail that somebody changed', () => {
  it('is whole when nobody did', () => {
    expect(faultOf(written())).toBeUndefined();
    expect(faultOf([])).toBeUndefined();
  });

  const cases: readonly [string, (trail: Entry[]) => Entry[], AuditFault][] = [
    ['an entry changed', (t) => t.with(2, { ...at(t, 2), action: 'x' }), { kind: 'changed', number: 3 }],
    ['its hash changed alone', (t) => t.with(2, { ...at(t, 2), hash: 'f'.repeat(64) }), { kind: 'changed', number: 3 }],
    [
      'an entry changed and hashed anew',
      (t) => t.with(2, hashed({ ...at(t, 2), action: 'x' })),
      { kind: 'changed', number: 3 },
    ],
    [
      'the first changed and hashed anew',
      (t) => t.with(0, hashed({ ...at(t, 0), actor: 'x' })),
      { kind: 'changed', number: 1 },
    ],
    ['an entry removed', (t) => t.toSpliced(2, 1), { kind: 'removed', number: 3 }],
    [
      'an entry removed and the rest numbered anew',
      (t) => renumbered(t.toSpliced(2, 1)),
      { kind: 'removed', number: 3 },
    ],
    ['the first removed', (t) => t.toSpliced(0, 1), { kind: 'removed', number: 1 }],
    ['the first two removed and the rest numbered anew', (t) => renumbered(t.slice(2)), { kind: 'removed', number: 1 }],
    [
      'two that changed places',
      (t) => renumbered([at(t, 0), at(t, 1), at(t, 3), at(t, 2), at(t, 4)]),
      { kind: 'reordered', number: 3 },
    ],
    [
      'the last put in front',
      (t) => renumbered([at(t, 4), at(t, 0), at(t, 1), at(t, 2), at(t, 3)]),
      { kind: 'reordered', number: 1 },
    ],
    [
      'an entry put in',
      (t) => renumbered(t.toSpliced(2, 0, { ...at(t, 2), action: 'x', requestId: 'forged' })),
      { kind: 'inserted', number: 3 },
    ],
    [
      'an entry put in with a hash that is right in itself',
      (t) => renumbered(t.toSpliced(2, 0, hashed({ ...at(t, 2), action: 'x' }))),
      { kind: 'inserted', number: 3 },
    ],
  ];
  it.each(cases)('is told by %s', (_, tamper, fault) => {
    expect(faultOf(tamper(written()))).toEqual(fault);
  });
});
