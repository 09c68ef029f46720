import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { knownSwitches } from './core/switches.js';
import { SERVER_FAULTS, WORKLOAD_FAULTS } from './core/faults.js';
import './simulator.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('README', () => {
  it('names every unconfirmed switch', () => {
    expect(
      knownSwitches()
        .map(({ name }) => name)
        .filter((name) => !readme.includes(`\`${name}\``)),
    ).toEqual([]);
  });

  it('names every fault', () => {
    expect([...SERVER_FAULTS, ...WORKLOAD_FAULTS].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
