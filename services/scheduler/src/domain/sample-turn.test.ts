import { parseVaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sampleTurn } from './sample-turn.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const vaults = fc.uuid({ version: 4 }).map(parseVaultId);
const instants = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2040-01-01') });

describe('sampleTurn', () => {
  it('gives each day one turn, however often it is asked and whenever nobody asked', () => {
    fc.assert(
      fc.property(vaults, instants, fc.integer({ min: 1, max: 40 }), (vaultId, start, days) => {
        const turns = new Set<number | undefined>();
        for (let at = start; at < start + days * DAY_MS; at += HOUR_MS)
          turns.add(sampleTurn({ vaultId, knownSinceMs: 0 }, at));
        expect(turns.size).toBeGreaterThanOrEqual(days);
        expect(turns.size).toBeLessThanOrEqual(days + 1);
      }),
    );
  });

  it('is never ahead of now nor a day behind, and waits out the first day of a vault', () => {
    fc.assert(
      fc.property(vaults, instants, instants, (vaultId, knownSinceMs, now) => {
        const turn = sampleTurn({ vaultId, knownSinceMs }, now);
        if (turn === undefined) {
          expect(now - knownSinceMs).toBeLessThan(2 * DAY_MS);
          return;
        }
        expect(now - turn).toBeGreaterThanOrEqual(0);
        expect(now - turn).toBeLessThan(DAY_MS);
        expect(turn - knownSinceMs).toBeGreaterThanOrEqual(DAY_MS);
      }),
    );
  });

  it('spreads many vaults over the day', () => {
    const perHour = new Array<number>(24).fill(0);
    for (const vaultId of fc.sample(vaults, { numRuns: 2_400, seed: 7 })) {
      const turn = sampleTurn({ vaultId, knownSinceMs: 0 }, Date.parse('2026-06-01')) ?? 0;
      perHour[Math.floor((turn % DAY_MS) / HOUR_MS)]! += 1;
    }
    expect(Math.min(...perHour)).toBeGreaterThan(50);
    expect(Math.max(...perHour)).toBeLessThan(150);
  });
});
